import type { Entitlement, Resource } from '../domain/catalog.ts'
import type { MessageAddress } from '../domain/ports.ts'
import type { CancelAnswer } from '../usecases/cancel-request.ts'
import type { DecisionAnswer, MayDecideAnswer, Verdict } from '../usecases/decide-request.ts'
import type { CredentialsAnswer } from '../usecases/issue-credentials.ts'
import type { Matches, Requestable } from '../usecases/list-requestable.ts'
import type { AccountKey } from '../usecases/person.ts'
import type { AuditAnswer, AuditQuery } from '../usecases/query-audit.ts'
import type { ReleaseAnswer } from '../usecases/release-grant.ts'
import type { Ask, RequestAnswer } from '../usecases/request-access.ts'
import type { MayRevokeAnswer, RevokeNowAnswer } from '../usecases/revoke-now.ts'

interface OnRequest {
  readonly by: AccountKey
  readonly requestId: string
}

interface Search {
  readonly asker: AccountKey
  readonly typed: string
  readonly most: number
}

/** What people do in Slack, as use-cases bound to their ports. Those that judge somebody throw `DirectoryUnavailable`. */
export interface SlackUsecases {
  claimInteraction(input: { readonly interactionKey: string }): Promise<boolean>
  listRequestable(input: { asker: AccountKey; resourceId: string }): Promise<Requestable | null>
  searchResources(input: Search): Promise<Matches<Resource>>
  searchEntitlements(input: Search & { readonly resourceId: string }): Promise<Matches<Entitlement>>
  requestAccess(ask: Ask): Promise<RequestAnswer>
  mayDecide(input: OnRequest): Promise<MayDecideAnswer>
  decideRequest(verdict: Verdict): Promise<DecisionAnswer>
  cancelRequest(input: OnRequest): Promise<CancelAnswer>
  releaseGrant(input: OnRequest): Promise<ReleaseAnswer>
  mayRevoke(input: OnRequest): Promise<MayRevokeAnswer>
  revokeNow(input: OnRequest & { readonly reason: string }): Promise<RevokeNowAnswer>
  issueCredentials(input: OnRequest & { readonly interactionKey: string }): Promise<CredentialsAnswer>
  queryAudit(input: { by: AccountKey; query: AuditQuery }): Promise<AuditAnswer>
  recordAuditShared(input: {
    by: AccountKey
    query: AuditQuery
    channelId: string
    interactionKey: string
  }): Promise<boolean>
  adoptCard(input: { requestId: string; at: MessageAddress }): Promise<'known' | 'adopted' | 'foreign'>
  checkAccount(who: AccountKey): Promise<unknown>
  offboardAccount(who: AccountKey): Promise<unknown>
}
