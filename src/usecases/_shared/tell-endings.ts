import { addMilliseconds } from 'date-fns/addMilliseconds'
import { addSeconds } from 'date-fns/addSeconds'
import { subSeconds } from 'date-fns/subSeconds'
import type { Catalog } from '../../domain/catalog.ts'
import { digestSeconds, mostSeparateEndings } from '../../domain/endings-digest.ts'
import type { EndedGrant } from '../../domain/grant.ts'
import type { JoinedDigest, Transaction } from '../../domain/transaction.ts'
import { orderGrantMessages } from './order-messages.ts'
import { redrawHolders } from './redraw-holders.ts'

/**
 * Slack permits about 50 edits a minute to an app, and each ending has two: https://docs.slack.dev/apis/web-api/rate-limits.
 * The edits of a digest's endings are ordered so far apart.
 */
const editEveryMs = 2_400

/**
 * Tells that these leases have ended. Each holder is told at once. Each card has an answer in its thread, but where many leases
 * of one channel end together, one digest in the channel tells all of them, and the edits follow at Slack's pace.
 */
export async function tellEndings(
  tx: Transaction,
  catalog: Pick<Catalog, 'resources' | 'security'>,
  ended: readonly EndedGrant[],
  now: Date,
): Promise<void> {
  const channels = new Set(ended.map(({ resourceId }) => channelOf(catalog, resourceId)))
  // Always in the same order, so that two transactions cannot wait for each other.
  for (const channelId of [...channels].sort()) {
    const some = ended.filter(({ resourceId }) => channelOf(catalog, resourceId) === channelId)
    const digest = await joinDigest(tx, catalog, channelId, some, now)
    if (digest) await tellTogether(tx, digest, some, now)
    else await tellSeparately(tx, some, now)
  }
}

function channelOf({ resources, security }: Pick<Catalog, 'resources' | 'security'>, resourceId: string) {
  // A resource that left the catalog has no owners' channel. Security takes the place of the owners.
  return resources.get(resourceId)?.owners.channel ?? security.channel
}

/** Null: there are few endings in this channel, so each is told separately. */
async function joinDigest(
  tx: Transaction,
  catalog: Pick<Catalog, 'resources' | 'security'>,
  channelId: string,
  ended: readonly EndedGrant[],
  now: Date,
): Promise<JoinedDigest | null> {
  const ofCatalog = [...catalog.resources.keys()].filter((id) => channelOf(catalog, id) === channelId)
  const resourceIds = new Set([...ofCatalog, ...ended.map(({ resourceId }) => resourceId)])
  const since = subSeconds(now, digestSeconds)
  const most = mostSeparateEndings + 1
  const count = await tx.digests.countEndings([...resourceIds], since, now, most)
  if (Math.max(count, ended.length) <= mostSeparateEndings) return null
  return tx.digests.add(
    channelId,
    ended.map(({ id }) => id),
    now,
  )
}

async function tellSeparately(tx: Transaction, ended: readonly EndedGrant[], now: Date): Promise<void> {
  for (const grant of ended) {
    await orderGrantMessages(tx, grant, ['requester:ended', 'card', 'thread:ended'], now)
  }
  await redrawHolders(tx, ended, () => now)
}

async function tellTogether(
  tx: Transaction,
  { id, openedAt, isNew, size }: JoinedDigest,
  ended: readonly EndedGrant[],
  now: Date,
): Promise<void> {
  const postedAt = addSeconds(openedAt, digestSeconds)
  if (isNew) await tx.outbox.add({ kind: 'post_digest', digestId: id }, postedAt)
  const laterBy = (index: number) => (size + index) * editEveryMs
  for (const [index, grant] of ended.entries()) {
    await orderGrantMessages(tx, grant, ['requester:ended'], now)
    await orderGrantMessages(tx, grant, ['card'], addMilliseconds(postedAt, laterBy(index)))
  }
  await redrawHolders(tx, ended, (index) => addMilliseconds(now, laterBy(index)))
}
