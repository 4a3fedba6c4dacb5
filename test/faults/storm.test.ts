import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { startTarget, textOf } from '../end-to-end/_daypass.ts'
import { type Killable, openKillable } from './_killable.ts'

vi.setConfig({ testTimeout: 90_000 })

const count = 30

let target: TestPostgres
let world: Killable
beforeAll(async () => {
  target = await startTarget()
  world = await openKillable(target)
  await world.start()
})
afterAll(async () => {
  await world.close()
  await target.close()
})

const channel = async () =>
  (await world.as('dana').messages('C0ORDERS')).filter(({ ephemeral }) => !ephemeral)
const cards = async () =>
  (await channel()).filter((message) => !message.threadTs && / asks for /.test(textOf(message)))
const digests = async () => (await channel()).filter((message) => /leases ended/.test(textOf(message)))
const tellings = async (name: string) =>
  (await world.as(name).directMessages()).filter((message) => /is gone, read back/.test(textOf(message)))
const ended = async () => (await world.database`select from grants where status = 'ended'`).length
const reaches = (what: string, isThere: () => Promise<boolean>, timeoutMs = 20_000) =>
  world.client.waitFor(isThere, { what, timeoutMs, intervalMs: 100 })
const openEffects = (condition: string) => async () =>
  (await world.database.unsafe(`select from outbox where done_at is null and ${condition}`)).length === 0

/** Half of the leases are Carla's, half are Gus's. */
async function activate(): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await world
      .as(n % 2 === 0 ? 'carla' : 'gus')
      .command('/request-access', 'orders-db read-orders for 1h because Fixing INC-42 today', {
        channel: 'C0GENERAL',
      })
  }
  await reaches('the cards', async () => (await cards()).length === count)
  for (const { channel, ts } of await cards())
    await world.as('dana').press(decideActionIds.approve, { message: { channel, ts } })
  await reaches(
    'all to be active',
    async () => (await world.database`select from grants where status = 'active'`).length === count,
  )
  await reaches('their messages', openEffects('due_at <= now()'))
}

async function letThemEnd(): Promise<void> {
  await world.database`update grants set lease_ends_at = clock_timestamp() + interval '1 second'`
  await world.database`
    update outbox set due_at = clock_timestamp() + interval '1 second', scheduled_at = null
    where kind = 'revoke_grant'`
}

it('thirty leases that end together: one digest, a direct message for each, every card edited; a kill and a redelivery tell nothing twice', async () => {
  await activate()
  await letThemEnd()
  await reaches('all to end', async () => (await ended()) === count)
  await reaches('the holders to be told', async () => {
    const [carla, gus] = await Promise.all([tellings('carla'), tellings('gus')])
    return carla.length + gus.length === count
  })
  await reaches('that to be recorded', openEffects(`effect ->> 'purpose' = 'requester:ended'`))
  expect(await digests()).toHaveLength(0)
  await world.kill()
  await world.start()
  await reaches('the digest', async () => (await digests()).length > 0)
  // Each of these effects once more, as after a lost record.
  await world.database`
    insert into outbox (effect, due_at) select effect, now() from outbox
    where kind = 'post_digest' or effect ->> 'purpose' = 'requester:ended'`
  // The cards would follow for a minute.
  await world.database`update outbox set due_at = now() where done_at is null and kind = 'deliver_message'`
  await reaches('every message', openEffects(`kind in ('deliver_message', 'post_digest')`))
  const [digest, ...more] = await digests()
  expect(more).toEqual([])
  expect(textOf(digest)).toContain('30 leases ended, access is gone')
  expect(new Set(textOf(digest).match(/AR-\d+/g)).size).toBe(count)
  expect(await tellings('carla')).toHaveLength(count / 2)
  expect(await tellings('gus')).toHaveLength(count / 2)
  for (const card of await cards()) expect(textOf(card)).toContain('Ended, access is gone')
  expect((await channel()).filter(({ threadTs, text }) => threadTs && /Access is gone/.test(text))).toEqual(
    [],
  )
})
