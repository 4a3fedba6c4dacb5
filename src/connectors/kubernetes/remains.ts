import type { AccessOrder, Evidence } from '../../domain/connector.ts'
import { changedSince, placeText } from './bindings.ts'
import { isBindingName } from './names.ts'
import { leavesTraces, powersOf } from './powers.ts'
import type { Removed } from './remove-lease.ts'
import type { Known } from './roles.ts'
import type { Api, Target } from './target.ts'

/** What to say of access that Daypass does not take away. */
export interface Remains {
  readonly known: readonly Known[]
  /** When the lease began. Null: it was not given. */
  readonly since: Date | null
  /** Access that the user has without the lease, as sentences. */
  readonly elsewhere: readonly string[]
}

const mostNamed = 5

/** Nothing in the API ends an open watch: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function residualOf(removed: Removed, order: AccessOrder<unknown>): Pick<Evidence, 'residualUntil'> {
  if (isNeverUsed(removed, order)) return {}
  return { residualUntil: { at: null, what: 'Watches, and exec and port-forward sessions, that were open' } }
}

/** Nothing was given, or nobody was ever shown a token: the account is still the one of the grant. */
function isNeverUsed({ accounts, bindings }: Removed, { given }: AccessOrder<unknown>): boolean {
  if (accounts.length === 0) return bindings.length === 0 && given === undefined
  const [first, ...others] = accounts
  return others.length === 0 && first?.generation === 0 && first.uid === given?.account
}

/** Access from elsewhere, and what the holder may have made of its roles. */
export async function remainsOf(
  { resourceId }: Target,
  api: Api,
  order: AccessOrder<unknown>,
  removed: Removed,
  { known, since, elsewhere }: Remains,
): Promise<Pick<Evidence, 'remains'>> {
  const mayHaveKept = since !== null && !isNeverUsed(removed, order)
  const powers = mayHaveKept ? powersOf(known) : []
  const changed =
    since !== null && powers.length > 0 && leavesTraces(known)
      ? await changedSince(api, since, removed.all)
      : []
  const byOthers = changed.filter((place) => !isBindingName(resourceId, place))
  const sentences = [
    ...elsewhere.slice(0, mostNamed),
    ...removed.left.map(
      (binding) => `${placeText(binding)} still names the deleted ServiceAccount: take it out there.`,
    ),
    ...(powers.length === 0
      ? []
      : [`The roles let their holder ${powers.join(', ')}: what was kept in that way is not seen.`]),
    ...(byOthers.length === 0
      ? []
      : [`Changed since the lease began, by whom Kubernetes does not say: ${named(byOthers)}.`]),
  ]
  return sentences.length === 0 ? {} : { remains: sentences.join(' ') }
}

function named(places: readonly string[]): string {
  const more = places.length - mostNamed
  return `${places.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
