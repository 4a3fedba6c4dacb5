import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { type ActivatingGrant, activationBegan, type Failure } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestWithRequester } from '../../../domain/request-history.ts'
import { attemptAgainAt, type EffectOutcome, retry } from '../../_shared/effect-outcome.ts'
import type { HolderLogin } from '../../_shared/holder-login.ts'
import { orderGrantMessages } from '../../_shared/order-messages.ts'
import { giveUp } from './undo.ts'

type WaitPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/** Somebody must confirm the holder's login first. */
export async function waitForLogin(
  ports: WaitPorts,
  { grant, name }: Extract<HolderLogin, { kind: 'missing' }>,
  asked: RequestWithRequester,
): Promise<EffectOutcome> {
  const at = ports.clock.now()
  const message = `Nobody has confirmed the ${name} of the requester.`
  if (isOver(ports, grant, at)) return giveUp(ports, grant, asked, { code: 'login_missing', message, at })
  return retry(addSeconds(at, 30), message)
}

/** A person who is awaited at the target need not wait longer for Daypass. */
const longestPauseSeconds = 60

/**
 * Somebody must do something at the target first. Stores the sentence that says so, and tells the owners and the requester. Then
 * the target is asked again.
 */
export async function waitForPerson(
  ports: WaitPorts,
  grant: ActivatingGrant,
  asked: RequestWithRequester,
  failure: Failure,
): Promise<EffectOutcome> {
  const { message, at } = failure
  if (isOver(ports, grant, at)) return giveUp(ports, grant, asked, failure)
  const isStill = await ports.store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    if (locked?.status !== 'activating') return false
    await tx.grants.save({ ...locked, awaits: message, awaitedAt: at })
    if (locked.awaits !== message) await orderGrantMessages(tx, grant, purposes, at)
    return true
  })
  // This attempt may have left something at the target after the revocation had looked.
  if (!isStill) return retry(at, 'the grant moved on')
  return retry(attemptAgainAt(failure, grant.attempts, longestPauseSeconds), message)
}

const purposes = ['card', 'requester:submitted', 'requester:awaits'] as const

/** An activation waits for people as long as a request waits for a decision. */
function isOver({ catalog }: Pick<Ports, 'catalog'>, grant: ActivatingGrant, now: Date): boolean {
  return differenceInSeconds(now, activationBegan(grant)) >= catalog.defaults.requestTimeoutSeconds
}
