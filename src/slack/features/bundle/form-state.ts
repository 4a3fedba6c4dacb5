import type { Ports } from '../../../domain/ports.ts'
import { assessBundle } from '../../../usecases/_shared/assess-bundle.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import type { TypedForm } from '../request/form-state.ts'
import type { BundleForm } from './form.ts'

type AssessPorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>

/** What a person chose and typed so far. */
export type TypedBundleForm = Pick<
  TypedForm,
  'duration' | 'start' | 'justification' | 'ticket' | 'responseUrl'
> & { readonly bundleId: string }

/** The form for this person: each part as the policies judge it now. Null: there is no such bundle. Throws `DirectoryUnavailable`. */
export async function bundleFormFor(
  ports: AssessPorts,
  asker: AccountKey,
  typed: TypedBundleForm,
  shown: Partial<Pick<BundleForm, 'problems' | 'banner'>> = {},
): Promise<BundleForm | null> {
  const { bundleId, duration, start: at, justification, ticket, responseUrl } = typed
  const start = at && { at }
  const assessed = await assessBundle(ports, { asker, bundleId, duration, start, justification, ticket })
  return (
    assessed && {
      ...{ assessed, duration, start: at, justification, ticket, responseUrl },
      ticketMatters: ports.policy.readsTicket,
      problems: [],
      banner: null,
      ...shown,
    }
  )
}
