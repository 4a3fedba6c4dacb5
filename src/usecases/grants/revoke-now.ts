import { actorOf } from '../../domain/audit-event.ts'
import { isToBeTakenBack } from '../../domain/grant.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { judgeAboutGrant } from '../_shared/judge-about-grant.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

type Refused = { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }

export type MayRevokeAnswer =
  | { readonly kind: 'may'; readonly history: RequestHistory }
  | { readonly kind: 'over'; readonly history: RequestHistory }
  | Refused
  | { readonly kind: 'unknown' }

export type RevokeNowAnswer =
  | { readonly kind: 'revoking' | 'over'; readonly history: RequestHistory }
  | Refused
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason'>[] }
  | { readonly kind: 'unknown' }

type RevokeNowPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `revokeNow`. It also records a refusal. */
export async function mayRevoke(
  ports: RevokeNowPorts,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<MayRevokeAnswer> {
  const answer = await askPolicy(ports, by, requestId)
  return answer.kind === 'may' ? { kind: 'may', history: answer.history } : answer
}

/** Revokes a grant before the end of its lease, if policy permits it to this person. Throws `DirectoryUnavailable`. */
export async function revokeNow(
  ports: RevokeNowPorts,
  { by, requestId, reason }: { by: AccountKey; requestId: string; reason: string },
): Promise<RevokeNowAnswer> {
  const allowed = await askPolicy(ports, by, requestId)
  if (allowed.kind !== 'may') return allowed
  const read = readReason(reason)
  if ('problem' in read) return { kind: 'invalid', problems: [read.problem] }
  const kind = await ports.store.transaction(async (tx) => {
    const grant = allowed.history.grant && (await tx.grants.lock(allowed.history.grant.id))
    if (!isToBeTakenBack(grant)) return 'over'
    const account = await tx.accounts.upsert(allowed.person.account)
    const startedAt = ports.clock.now()
    const revocation = { cause: 'revoked', byId: account.id, reason: read.reason, startedAt } as const
    await orderRevocation(tx, grant, revocation, actorOf(account))
    return 'revoking'
  })
  return { kind, history: (await ports.store.histories.byRequest(requestId)) ?? allowed.history }
}

type Permitted = { readonly kind: 'may'; readonly history: RequestHistory; readonly person: Identified }

/** Checks that there is a grant to revoke, and that this person may revoke it. Records a refusal. */
async function askPolicy(
  ports: RevokeNowPorts,
  by: AccountKey,
  requestId: string,
): Promise<Permitted | Exclude<MayRevokeAnswer, { kind: 'may' }>> {
  const history = await ports.store.histories.byRequest(requestId)
  if (!history?.grant) return { kind: 'unknown' }
  if (!isToBeTakenBack(history.grant)) return { kind: 'over', history }
  const { person, policy } = await judgeAboutGrant(ports, by, history, 'revoke')
  return policy.allowed ? { kind: 'may', history, person } : refuse(ports, person, policy, history)
}

async function refuse(
  ports: Pick<Ports, 'store' | 'clock'>,
  person: Identified,
  policy: PolicyResult,
  history: RequestHistory,
): Promise<Refused> {
  const rest = { policy, grantId: history.grant?.id ?? null }
  await recordRefusal(ports, person.account, (actor, at) =>
    ofRequest(history.request, 'grant.revocation_refused', actor, at, rest),
  )
  return { kind: 'refused', policy, history }
}
