import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import { MessengerError } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

const data = z.object({ digestId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    post_digest: z.infer<typeof data>
  }
}

type PostPorts = Pick<Ports, 'store' | 'clock' | 'messenger'>

/** Longer than the time limit of a call to Slack. */
const holdSeconds = 25

/** Posts one message about the endings of a digest, once. Endings that come after this moment need another digest. */
async function postDigest(ports: PostPorts, { digestId: id }: z.infer<typeof data>): Promise<EffectOutcome> {
  const { store, clock, messenger } = ports
  const held = await store.transaction((tx) => tx.digests.hold(id, clock.now(), holdSeconds))
  if (!held) {
    const isPosted = await store.transaction((tx) => tx.digests.isPosted(id))
    return isPosted
      ? done('posted before')
      : retry(addSeconds(clock.now(), 5), 'another process is posting it')
  }
  try {
    const { requestIds, mayBePosted, ...digest } = held
    const histories = await store.histories.byRequests(requestIds)
    const endings = histories.toSorted(
      (a, b) => a.request.submittedAt.getTime() - b.request.submittedAt.getTime(),
    )
    const at = await messenger.postDigest({ id, ...digest, endings }, { mayBePosted })
    await store.transaction((tx) => tx.digests.record(id, at))
    return done('posted')
  } catch (error) {
    await store.transaction((tx) => tx.digests.release(id))
    if (!(error instanceof MessengerError)) throw error
    return afterFailure(error, clock.now(), held.channelId)
  }
}

/** The cards of these leases are edited all the same, and their messages say it when a channel refuses everything. */
function afterFailure(error: MessengerError, now: Date, channelId: string): EffectOutcome {
  const { code, message: problem, retryable, retryAfterSeconds } = error
  if (retryAfterSeconds !== null) return retry(addSeconds(now, retryAfterSeconds), problem)
  if (retryable) throw error
  const fault = { message: 'a digest could not be posted', code, problem, about: { channelId } }
  return done(`could not be posted: ${problem}`, fault)
}

export const postDigestEffect = defineEffect({
  kind: 'post_digest',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(postDigest),
})
