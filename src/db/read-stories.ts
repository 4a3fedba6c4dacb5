import type { Account } from '../domain/account.ts'
import type { Grant } from '../domain/grant.ts'
import type { AccessRequest, Decision } from '../domain/request.ts'
import type { RequestStory } from '../domain/story.ts'
import type { Session } from './in-transaction.ts'
import { toAccount } from './rows/account-row.ts'
import { toGrant } from './rows/grant-row.ts'
import { toDecision, toRequest } from './rows/request-row.ts'
import type { AccountRow } from './schema/accounts.ts'
import type { GrantRow } from './schema/grants.ts'
import type { DecisionRow, RequestRow } from './schema/requests.ts'

/** The stories of these requests, in this order, in four statements sent at once; unknown ids are left out. */
export async function readStories({ sql, ask }: Session, ids: readonly string[]): Promise<RequestStory[]> {
  const wanted = [...ids]
  const [requests, decisions, grants, accounts] = await Promise.all([
    ask(sql<RequestRow[]>`select * from requests where id = any(${wanted}::uuid[])`),
    ask(sql<DecisionRow[]>`
      select * from decisions where request_id = any(${wanted}::uuid[]) order by decided_at, approver_id`),
    ask(sql<GrantRow[]>`select * from grants where request_id = any(${wanted}::uuid[])`),
    ask(sql<AccountRow[]>`
      select * from accounts where id in (
        select requester_id from requests where id = any(${wanted}::uuid[])
        union select approver_id from decisions where request_id = any(${wanted}::uuid[])
        union select revoked_by_id from grants where request_id = any(${wanted}::uuid[]))`),
  ])
  const assemble = assembler(
    decisions.map(toDecision),
    new Map(grants.map((row) => [row.requestId, toGrant(row)])),
    new Map(accounts.map((row) => [row.id, toAccount(row)])),
  )
  const found = new Map(requests.map((row) => [row.id, toRequest(row)]))
  return ids.flatMap((id) => {
    const request = found.get(id)
    return request ? [assemble(request)] : []
  })
}

function assembler(
  decisions: readonly Decision[],
  grants: ReadonlyMap<string, Grant>,
  accounts: ReadonlyMap<string, Account>,
): (request: AccessRequest) => RequestStory {
  const who = (id: string): Account => {
    const account = accounts.get(id)
    if (!account) throw new Error(`Account ${id} is missing from the snapshot`)
    return account
  }
  return (request) => {
    const grant = grants.get(request.id) ?? null
    const revokerId = grant && 'revocation' in grant ? grant.revocation.byId : null
    return {
      request,
      requester: who(request.requesterId),
      decisions: decisions
        .filter((decision) => decision.requestId === request.id)
        .map((decision) => ({ ...decision, approver: who(decision.approverId) })),
      grant,
      revoker: revokerId === null ? null : who(revokerId),
    }
  }
}
