import type { Entitlement } from '../../../domain/catalog.ts'
import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { Ports } from '../../../domain/ports.ts'
import { findTicket } from '../../../domain/ticket-pattern.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { listRequestable, type Requestable } from '../../../usecases/requests/list-requestable.ts'
import type { FilledView } from '../../kit/payload.ts'
import { emptyForm, type RequestForm } from './form.ts'
import { parseFormMetadata } from './form-metadata.ts'
import { parameterOfInput, requestActionIds, requestInputIds } from './ids.ts'

type ListPorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>

/** The choices and the text of a person so far, and the response URL for the answer. */
export type TypedForm = Pick<
  RequestForm,
  'duration' | 'start' | 'justification' | 'ticket' | 'parameters' | 'responseUrl'
> & {
  readonly resourceId: string
  readonly entitlementId: string
  readonly aboutMessage?: boolean
}

/** Reads the submitted form. An entitlement of another resource is dropped. */
export function readForm(view: FilledView): TypedForm {
  const value = (id: string) => view.inputs.get(id)?.value ?? null
  const { resourceId, responseUrl, aboutMessage } = parseFormMetadata(view.privateMetadata)
  return {
    resourceId: value(requestActionIds.resource) ?? resourceId ?? '',
    responseUrl,
    aboutMessage,
    entitlementId: value(requestActionIds.entitlement) ?? '',
    duration: value(requestInputIds.duration),
    start: pickedTime(value(requestInputIds.start)),
    justification: value(requestInputIds.justification) ?? '',
    ticket: value(requestInputIds.ticket),
    parameters: typedParameters(view),
  }
}

function typedParameters({ inputs }: FilledView): Record<string, string> {
  return Object.fromEntries(
    [...inputs].flatMap(([id, input]) => {
      const name = parameterOfInput(id)
      return name === null || input.value === null ? [] : [[name, input.value]]
    }),
  )
}

/** Seconds since 1970, as Slack's picker gives them: https://docs.slack.dev/reference/block-kit/block-elements/datetime-picker-element */
function pickedTime(seconds: string | null): Date | null {
  return seconds === null || !/^\d{1,11}$/.test(seconds) ? null : new Date(Number(seconds) * 1000)
}

/** The form for the choices that policy lets this person make. Throws `DirectoryUnavailable`. */
export async function formFor(
  ports: ListPorts,
  asker: AccountKey,
  typed: TypedForm,
  shown: Partial<Pick<RequestForm, 'problems' | 'banner'>> = {},
): Promise<RequestForm> {
  const { resourceId } = typed
  return buildForm(await listRequestable(ports, { asker, resourceId }), typed, shown)
}

/** The form after a refused submission. When Slack does not answer, it offers only the earlier choices. */
export async function formAfterRefusal(
  ports: ListPorts,
  asker: AccountKey,
  typed: TypedForm,
  banner: string,
): Promise<RequestForm> {
  try {
    return await formFor(ports, asker, typed, { banner })
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error
    const resource = ports.catalog.resources.get(typed.resourceId)
    const entitlement = resource?.entitlements.get(typed.entitlementId)
    const chosen = resource &&
      entitlement && {
        resource,
        entitlements: [entitlement],
        ticketMatters: typed.ticket !== null,
        missingLogins: new Map(),
        sponsorUserId: null,
        accessEnds: null,
        inEmergency: [],
        preApproved: [],
        freeze: null,
      }
    return buildForm(chosen ?? null, typed, { banner })
  }
}

function buildForm(
  offer: Requestable | null,
  typed: TypedForm,
  shown: Partial<Pick<RequestForm, 'problems' | 'banner'>>,
): RequestForm {
  const { entitlementId, duration, start, justification, parameters, responseUrl } = typed
  const { aboutMessage = false } = typed
  const entitlements = offer?.entitlements ?? []
  const only = entitlements.length === 1 ? entitlements[0] : undefined
  const entitlement = entitlements.find(({ id }) => id === entitlementId) ?? only ?? null
  return {
    ...emptyForm,
    resource: offer?.resource ?? null,
    entitlements,
    entitlement,
    duration,
    start,
    justification,
    ticket: typed.ticket ?? (aboutMessage && entitlement ? ticketIn(justification, [entitlement]) : null),
    parameters,
    responseUrl,
    aboutMessage,
    ticketMatters: offer?.ticketMatters ?? false,
    accessEnds: offer?.accessEnds ?? null,
    missingLogin: entitlement && missingLogin(offer, entitlement.id),
    inEmergency: offer?.inEmergency.some(({ id }) => id === entitlement?.id) ?? false,
    preApproved: preApprovedOf(offer, entitlement),
    freeze: offer?.freeze ?? null,
    ...shown,
  }
}

/** The first ticket of these entitlements that stands in the text. */
export function ticketIn(text: string, entitlements: readonly Pick<Entitlement, 'ticket'>[]): string | null {
  const patterns = entitlements.flatMap(({ ticket: { pattern } }) => pattern ?? [])
  return patterns.map((pattern) => findTicket(pattern, text)).find((found) => found !== null) ?? null
}

function missingLogin(offer: Requestable | null, entitlementId: string): RequestForm['missingLogin'] {
  const name = offer?.missingLogins.get(entitlementId)
  return name === undefined ? null : { name, sponsorUserId: offer?.sponsorUserId ?? null }
}

function preApprovedOf(offer: Requestable | null, entitlement: Entitlement | null) {
  const made = offer?.preApproved.find(({ request }) => request.asksFor.entitlementId === entitlement?.id)
  return made?.madePreApproval ?? null
}
