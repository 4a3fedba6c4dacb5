import type { Bundle } from '../../../domain/bundle.ts'
import type { Entitlement, Resource } from '../../../domain/catalog.ts'
import { describeDurationProblem, formatDuration, parseDuration } from '../../../domain/duration.ts'
import { listRequestable, searchBundles } from '../../../usecases/requests/list-requestable.ts'
import { button, context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { objectionToPosting } from '../../kit/outsiders.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { countOf, inline, mention } from '../../kit/text.ts'
import { bundleValue } from '../bundle/ids.ts'
import type { FeatureParts } from '../feature.ts'
import type { TypedLine } from '../request/request-line.ts'
import { linkActionId } from './ids.ts'
import { type Link, linkValue } from './value.ts'

type LinkParts = Pick<FeatureParts, 'ports' | 'channels'>

/** `/request-access link orders-db read-orders for 2h`: posts a message here, with a button that opens the form filled in. */
export async function postLinkLine(
  parts: LinkParts,
  command: CommandPayload,
  typed: TypedLine,
  reply: Reply,
): Promise<void> {
  await reply.acknowledge()
  const linked = await linkedFor(parts, command, typed)
  if (typeof linked === 'string') return reply.ephemeral(textMessage(linked))
  const objection = await objectionToPosting(parts.channels, command.channelId)
  if (objection !== null) return reply.ephemeral(textMessage(objection))
  await reply.announce(linkMessage(linked, command.by.userId))
}

/** What the message offers, with its names in the catalog. */
interface Linked {
  readonly link: Link
  /** mrkdwn. */
  readonly what: string
  readonly limits: string
}

/** A sentence says why there is no such link. A person links what they may ask for themselves. */
async function linkedFor(
  { ports }: LinkParts,
  { by }: CommandPayload,
  typed: TypedLine,
): Promise<Linked | string> {
  if (hasMore(typed)) return onlyNames
  const { resourceId, entitlementId } = typed
  const bundle = ports.catalog.bundles?.get(resourceId)
  if (bundle && entitlementId === '') {
    const offered = await searchBundles(ports, { asker: by, typed: bundle.id, most: 100 })
    if (!offered.some(({ id }) => id === bundle.id)) return unknownName
    return problemWith(typed.duration, bundle) ?? linkedBundle(bundle, typed.duration)
  }
  const offer = await listRequestable(ports, { asker: by, resourceId })
  const entitlement = offer?.entitlements.find(({ id }) => id === entitlementId)
  if (!offer || !entitlement) return unknownName
  if (entitlement.action && typed.duration !== null) return onceOnly
  return (
    problemWith(typed.duration, entitlement) ?? linkedEntitlement(offer.resource, entitlement, typed.duration)
  )
}

/** Reason, ticket, start and values belong to the person who asks. */
function hasMore({ justification, ticket, start, parameters, strays }: TypedLine): boolean {
  return (
    justification !== '' ||
    ticket !== null ||
    start !== null ||
    Object.keys(parameters).length > 0 ||
    strays.length > 0
  )
}

const onlyNames =
  'A link holds names and a duration only, such as `/request-access link orders-db read-orders for 2h`. Each person who presses the button writes their own reason.'
const unknownName =
  'There is nothing of that name that you may ask for, so nothing was posted. Write the names as in `/request-access link orders-db read-orders for 2h`.'
const onceOnly = 'An action is run once and has no duration, so nothing was posted. Leave out the duration.'

function problemWith(
  typed: string | null,
  { name, maxDurationSeconds }: Pick<Entitlement, 'name' | 'maxDurationSeconds'>,
): string | null {
  if (typed === null) return null
  const parsed = parseDuration(typed)
  if (!parsed.ok) return inline(describeDurationProblem(parsed.problem, typed), 300)
  if (parsed.seconds <= maxDurationSeconds) return null
  return `${inline(name)} is given for ${formatDuration(maxDurationSeconds)} at the most, so nothing was posted.`
}

function linkedBundle(bundle: Bundle, duration: string | null): Linked {
  const { id, name, parts, maxDurationSeconds } = bundle
  return {
    link: { resourceId: bundleValue(id), entitlementId: '', duration: duration ?? '' },
    what: `*${inline(name, 64)}*, ${countOf(parts.length, 'entitlement')} together`,
    limits: timeText(duration, maxDurationSeconds),
  }
}

function linkedEntitlement(resource: Resource, entitlement: Entitlement, duration: string | null): Linked {
  const where = resource.environment === null ? '' : ` (${inline(resource.environment, 32)})`
  return {
    link: { resourceId: resource.id, entitlementId: entitlement.id, duration: duration ?? '' },
    what: `*${inline(entitlement.name, 64)}* on *${inline(resource.name, 64)}*${where}`,
    limits: entitlement.action ? 'run once' : timeText(duration, entitlement.maxDurationSeconds),
  }
}

function timeText(duration: string | null, maxDurationSeconds: number): string {
  const most = `up to ${formatDuration(maxDurationSeconds)}`
  return duration === null ? most : `for ${inline(duration, 40)}, ${most}`
}

function linkMessage({ link, what, limits }: Linked, userId: string): MessageContent {
  return {
    text: `Request access: ${what}`,
    blocks: [
      {
        ...section(`${what}\n${limits}`),
        accessory: button('Request access…', linkActionId, linkValue(link)),
      },
      context(
        `Posted by ${mention(userId)}. The button opens the form for the person who presses it. Rules and owners decide as always.`,
      ),
    ],
  }
}
