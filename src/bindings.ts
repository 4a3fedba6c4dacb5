import type { Effect, EffectKind } from './domain/effect.ts'
import type { Ports } from './domain/ports.ts'
import { activateGrant } from './usecases/activate-grant.ts'
import { deliverMessage } from './usecases/deliver-message.ts'
import { expireRequest } from './usecases/expire-request.ts'
import { notifyExpiry } from './usecases/notify-expiry.ts'
import { remindApprovers } from './usecases/remind-approvers.ts'
import { revokeGrant } from './usecases/revoke-grant.ts'

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
