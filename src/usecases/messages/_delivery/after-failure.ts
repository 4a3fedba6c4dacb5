import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import type { MessengerError } from '../../../domain/messenger.ts'
import { done, type EffectOutcome, retry } from '../../_shared/effect-outcome.ts'
import { type DeliverPorts, type Delivery, isSettled, mendableSeconds } from './delivery.ts'
import { clearUndelivered, noteUndelivered } from './undelivered.ts'

/** After this time a card counts as undelivered, even if Slack's refusal may pass: the requester must know of it. */
const patienceSeconds = 60

/** Slack refused the message: decides whether it is tried again, and who is told. */
export async function afterFailure(
  ports: DeliverPorts,
  error: MessengerError,
  message: Delivery,
): Promise<EffectOutcome> {
  const now = ports.clock.now()
  const { purpose, channelId, history } = message
  const { id: requestId, status, submittedAt } = history.request
  const isLate =
    purpose === 'card' && status === 'pending' && differenceInSeconds(now, submittedAt) >= patienceSeconds
  const fault = {
    message: 'a message could not be delivered',
    code: error.code,
    problem: error.message,
    about: { requestId, purpose, channelId },
  }
  if (!error.retryable && isSettled(message)) {
    await clearUndelivered(ports, message)
    return done(`could not be delivered: ${error.message}`, fault)
  }
  if (!error.retryable || isLate) await noteUndelivered(ports, error, message)
  if (error.retryAfterSeconds !== null) return retry(addSeconds(now, error.retryAfterSeconds), error.message)
  if (error.retryable) throw error
  return retry(addSeconds(now, mendableSeconds), error.message, fault)
}
