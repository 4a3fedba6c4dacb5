import { afterEach, beforeEach, expect, it } from 'vitest'
import { MessengerError } from '../../src/domain/messenger.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** Requests whose grants are active, and end at the same time. */
async function active(count: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const { id: requestId } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
    ids.push(requestId)
  }
  await world.processAll()
  return ids
}
const told = (requestIds: readonly string[], purpose: string) =>
  requestIds.filter((id) => world.channel.latest(id, purpose)?.history.grant?.status === 'ended')
const inDigests = () =>
  world.channel.digests.map(({ endings }) => endings.map(({ request }) => request.id).toSorted())
const digestsOnRecord = () =>
  world.database.sql`select closed_at is not null as closed, ts is not null as posted from ending_digests`

it('ten leases that end together are each told in the thread of their card', async () => {
  const requests = await active(10)
  world.clock.advance(3600)
  await world.processAll()
  expect(told(requests, 'thread:ended')).toEqual(requests)
  world.clock.advance(60)
  await world.processAll()
  expect(world.channel.digests).toEqual([])
})

it('eleven are told in one digest that is posted once; each holder is told at once, and the cards follow one by one', async () => {
  const requests = await active(11)
  world.clock.advance(3600)
  const { posts } = world.channel.state
  await world.processAll()
  expect(told(requests, 'requester:ended')).toEqual(requests)
  expect(world.channel.state.posts - posts).toBe(11)
  expect(told(requests, 'card')).toEqual([])
  world.clock.advance(10)
  await world.processAll()
  expect(inDigests()).toEqual([requests.toSorted()])
  expect(world.channel.digests[0]).toMatchObject({ channelId: 'C0ORDERS' })
  expect(told(requests, 'card')).toHaveLength(1)
  world.clock.advance(24)
  await world.processAll()
  expect(told(requests, 'card')).toEqual(requests)
  expect(told(requests, 'requester:active')).toEqual(requests)
  expect(told(requests, 'thread:ended')).toEqual([])
  expect(world.channel.state.posts - posts).toBe(12)
  expect(await digestsOnRecord()).toEqual([{ closed: true, posted: true }])
})

it('leases that end one after the other within ten seconds: the first ten are told separately, the others together', async () => {
  const requests = await active(13)
  const { database, clock } = world
  for (const [index, id] of requests.entries()) {
    const endsAt = new Date(clock.now().getTime() + 3_590_000 + index * 500)
    await database.sql`update grants set lease_ends_at = ${endsAt} where request_id = ${id}`
    await database.sql`
      update outbox set due_at = ${endsAt} from grants
      where effect ->> 'grantId' = grants.id::text and kind = 'revoke_grant' and request_id = ${id}`
  }
  clock.advance(3590)
  for (let ending = 0; ending < 40; ending += 1) {
    await world.processAll()
    clock.advance(0.5)
  }
  expect(told(requests, 'thread:ended')).toEqual(requests.slice(0, 10))
  expect(inDigests()).toEqual([requests.slice(10).toSorted()])
})

it('a digest that Slack did not take is posted later; after a lost answer the channel is searched first', async () => {
  const requests = await active(11)
  world.clock.advance(3600)
  await world.processAll()
  const searched: boolean[] = []
  const { postDigest } = world.channel
  world.ports.messenger.postDigest = async (digest, { mayBePosted }) => {
    searched.push(mayBePosted)
    if (searched.length === 1) throw new MessengerError('http_500', 'away', { retryable: true })
    return postDigest(digest)
  }
  world.clock.advance(10)
  await world.processAll()
  world.clock.advance(60)
  await world.processAll()
  expect(searched).toEqual([false, true])
  expect(inDigests()).toEqual([requests.toSorted()])
})

it('an effect that is performed twice posts nothing twice; two workers never post one digest at the same time', async () => {
  await active(11)
  world.clock.advance(3600)
  await world.processAll()
  world.clock.advance(10)
  const { postDigest } = world.channel
  let again = async () => {}
  world.ports.messenger.postDigest = async (digest) => {
    await again()
    return postDigest(digest)
  }
  again = async () => {
    again = async () => {}
    await world.database.sql`
      insert into outbox (effect, due_at) select effect, due_at from outbox where kind = 'post_digest'`
    const entries = await world.take(['post_digest'])
    expect(entries).toHaveLength(1)
    await world.database.sql`update outbox set held_until = null where id = ${entries[0]?.id ?? ''}`
    await world.processAll()
    expect(world.channel.digests).toEqual([])
  }
  await world.processAll()
  world.clock.advance(60)
  await world.processAll()
  expect(world.channel.digests).toHaveLength(1)
})

it('endings that come after a digest was closed are told in another one', async () => {
  const first = await active(11)
  const { database } = world
  const later = await active(11)
  await database.sql`
    update grants set lease_ends_at = lease_ends_at - interval '12 seconds' where request_id = any(${first}::uuid[])`
  await database.sql`
    update outbox set due_at = due_at - interval '12 seconds' from grants
    where effect ->> 'grantId' = grants.id::text and kind = 'revoke_grant' and request_id = any(${first}::uuid[])`
  world.clock.advance(3588)
  for (let second = 0; second < 30; second += 2) {
    await world.processAll()
    world.clock.advance(2)
  }
  expect(inDigests()).toEqual([first.toSorted(), later.toSorted()])
})

it('a channel that refuses the digest for good: it is logged, and the cards are edited all the same', async () => {
  const requests = await active(11)
  world.clock.advance(3600)
  await world.processAll()
  world.ports.messenger.postDigest = async () => {
    throw new MessengerError('is_archived', 'The channel is archived.', { retryable: false })
  }
  world.clock.advance(40)
  await world.processAll()
  expect(told(requests, 'card')).toEqual(requests)
  const [row] = await world.database.sql`select result from outbox where kind = 'post_digest'`
  expect(row?.result).toContain('could not be posted')
})
