import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, startTarget, startWorld, type World } from '../end-to-end/_daypass.ts'
import { blackhole, type DeadServer, silentServer } from './_dead-server.ts'

vi.setConfig({ testTimeout: 90_000 })

const deadLeases = 120

let target: TestPostgres
let folder: string
beforeAll(async () => {
  target = await startTarget()
  folder = await mkdtemp(join(tmpdir(), 'daypass-dead-'))
})
afterAll(async () => {
  await target.close()
  await rm(folder, { recursive: true, force: true })
})

/** The catalog of fixtures/, with the customers' database at a server that does not work. */
function catalogWith({ port }: DeadServer): string {
  const url = `postgres://postgres:secret@127.0.0.1:${port}/customers?sslmode=disable`
  const [before = '', ...rest] = readFileSync(catalogPath, 'utf8').split('customers-db:')
  const text = `${before}customers-db:${rest.join('customers-db:').replace(/url: .*/, `url: ${url}`)}`
  const path = join(folder, `catalog-${port}.yml`)
  writeFileSync(path, text)
  return path
}

/** As many leases at the dead target, which end a second before the one that there is. */
async function addDeadLeases({ database }: World): Promise<void> {
  await database.begin(async (sql) => {
    await sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds, justification,
        policy, status, submitted_at, expires_at)
      select 'dead-' || n, requester_id, asks_for_kind, 'customers-db', entitlement_id,
        jsonb_set(terms, '{selfServePerPersonAndDay}', '1000000'), duration_seconds, justification,
        jsonb_set(policy, '{action}', '"selfServe"'), 'pending', submitted_at, expires_at
      from requests, generate_series(1, ${deadLeases}::integer) as n`
    await sql`update requests set status = 'approved', closed_at = now() where submission_key like 'dead-%'`
    await sql`
      insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds, generation,
        created_at, status)
      select gen_random_uuid(), r.id, r.requester_id, r.resource_id, r.entitlement_id, g.approved_content, g.duration_seconds, 1, now(),
        'activating'
      from requests r, grants g where r.submission_key like 'dead-%'`
    await sql`
      update grants set status = 'active', activated_at = healthy.activated_at,
        lease_ends_at = healthy.lease_ends_at - interval '1 second', granted = healthy.granted
      from grants healthy where grants.resource_id = 'customers-db' and healthy.resource_id = 'orders-db'`
    await sql`
      insert into outbox (effect, due_at)
      select jsonb_build_object('kind', 'revoke_grant', 'grantId', id, 'generation', 1, 'resourceId', resource_id), lease_ends_at
      from grants where resource_id = 'customers-db'`
  })
}

it.each([
  ['accepts connections and never answers', silentServer],
  ['drops every packet', blackhole],
])(
  'a target that %s, with many leases due, delays no other target; all its revocations fail after one timeout',
  async (_, open) => {
    const dead = await open()
    const world = await startWorld(target, { catalog: catalogWith(dead) })
    try {
      await ask(world, 'orders-db read-orders for 6s because Fixing INC-42 today')
      await world.as('dana').press(decideActionIds.approve)
      const count = async (status: string, resource: string) =>
        (await world.database`select from grants where status = ${status} and resource_id = ${resource}`)
          .length
      const reaches = (status: string, resource: string, wanted: number, timeoutMs: number) =>
        world.client.waitFor(async () => (await count(status, resource)) === wanted, {
          timeoutMs,
          what: `${wanted} leases at ${resource} to be ${status}`,
        })
      await reaches('active', 'orders-db', 1, 15_000)
      await addDeadLeases(world)
      await reaches('ended', 'orders-db', 1, 20_000)
      const [late] = await world.database`
      select extract(epoch from ended_at - lease_ends_at)::float8 as seconds from grants where resource_id = 'orders-db'`
      expect(late?.seconds).toBeLessThan(3)
      await reaches('revocation_failed', 'customers-db', deadLeases, 40_000)
      if (process.env.TEST_FIGURES) process.stderr.write(`late by ${late?.seconds} s\n`)
    } finally {
      await world.close()
      await dead.close()
    }
  },
)
