import type { Effect, EffectKind } from './domain/effect.ts'
import type { Ports } from './domain/ports.ts'
import { activateGrant } from './usecases/activate-grant.ts'
import { adoptCard } from './usecases/adopt-card.ts'
import { cancelRequest } from './usecases/cancel-request.ts'
import { checkAccount } from './usecases/check-accounts.ts'
import { claimInteraction } from './usecases/claim-interaction.ts'
import { decideRequest, mayDecide } from './usecases/decide-request.ts'
import { deliverMessage } from './usecases/deliver-message.ts'
import { expireRequest } from './usecases/expire-request.ts'
import { issueCredentials } from './usecases/issue-credentials.ts'
import { listRequestable, searchEntitlements, searchResources } from './usecases/list-requestable.ts'
import { notifyExpiry } from './usecases/notify-expiry.ts'
import { offboardAccount } from './usecases/offboard-account.ts'
import { queryAudit, recordAuditShared } from './usecases/query-audit.ts'
import { releaseGrant } from './usecases/release-grant.ts'
import { remindApprovers } from './usecases/remind-approvers.ts'
import { requestAccess } from './usecases/request-access.ts'
import { revokeGrant } from './usecases/revoke-grant.ts'
import { mayRevoke, revokeNow } from './usecases/revoke-now.ts'

type Of<K extends EffectKind> = Extract<Effect, { kind: K }>

/** What each effect of the outbox does. */
export function effectHandlers(ports: Omit<Ports, 'directory'>) {
  return {
    activate_grant: (effect: Of<'activate_grant'>) => activateGrant(ports, effect),
    revoke_grant: (effect: Of<'revoke_grant'>) => revokeGrant(ports, effect),
    expire_request: (effect: Of<'expire_request'>) => expireRequest(ports, effect),
    remind_approvers: (effect: Of<'remind_approvers'>) => remindApprovers(ports, effect),
    notify_expiry: (effect: Of<'notify_expiry'>) => notifyExpiry(ports, effect),
    deliver_message: (effect: Of<'deliver_message'>) => deliverMessage(ports, effect),
  }
}

/** What a use-case takes beside its ports. */
type Input<F extends (ports: Ports, input: never) => unknown> = Parameters<F>[1]

/** What people can do in Slack. */
export function slackUsecases(ports: Ports) {
  return {
    claimInteraction: (input: Input<typeof claimInteraction>) => claimInteraction(ports, input),
    listRequestable: (input: Input<typeof listRequestable>) => listRequestable(ports, input),
    searchResources: (input: Input<typeof searchResources>) => searchResources(ports, input),
    searchEntitlements: (input: Input<typeof searchEntitlements>) => searchEntitlements(ports, input),
    requestAccess: (input: Input<typeof requestAccess>) => requestAccess(ports, input),
    decideRequest: (input: Input<typeof decideRequest>) => decideRequest(ports, input),
    mayDecide: (input: Input<typeof mayDecide>) => mayDecide(ports, input),
    cancelRequest: (input: Input<typeof cancelRequest>) => cancelRequest(ports, input),
    releaseGrant: (input: Input<typeof releaseGrant>) => releaseGrant(ports, input),
    revokeNow: (input: Input<typeof revokeNow>) => revokeNow(ports, input),
    mayRevoke: (input: Input<typeof mayRevoke>) => mayRevoke(ports, input),
    issueCredentials: (input: Input<typeof issueCredentials>) => issueCredentials(ports, input),
    queryAudit: (input: Input<typeof queryAudit>) => queryAudit(ports, input),
    recordAuditShared: (input: Input<typeof recordAuditShared>) => recordAuditShared(ports, input),
    adoptCard: (input: Input<typeof adoptCard>) => adoptCard(ports, input),
    checkAccount: (input: Input<typeof checkAccount>) => checkAccount(ports, input),
    offboardAccount: (input: Input<typeof offboardAccount>) => offboardAccount(ports, input),
  }
}
