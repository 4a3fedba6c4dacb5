import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, startTarget, startWorld } from '../end-to-end/_daypass.ts'
import { blackhole, type DeadServer, silentServer } from './_dead-server.ts'
import { addLeases } from './_more-leases.ts'

vi.setConfig({ testTimeout: 90_000 })

/** As many as are due at the dead target, and at the other one. */
const [deadLeases, otherLeases] = [500, 100]

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

it.each([
  ['accepts connections and never answers', silentServer],
  ['drops every packet', blackhole],
])(
  'a target that %s, with many leases due, delays no other target; all its revocations fail after one timeout',
  async (_, open) => {
    const dead = await open()
    const world = await startWorld(target, { catalog: catalogWith(dead) })
    try {
      await ask(world, 'orders-db read-orders for 1h because Fixing INC-42 today')
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
      await addLeases(world.database, { resource: 'customers-db', count: deadLeases, endsInSeconds: 2 })
      await addLeases(world.database, { resource: 'orders-db', count: otherLeases, endsInSeconds: 3 })
      await reaches('ended', 'orders-db', otherLeases, 30_000)
      const rows = await world.database<{ seconds: number }[]>`
        select extract(epoch from ended_at - lease_ends_at)::float8 as seconds from grants
        where status = 'ended' order by seconds desc`
      // At p99 of a hundred, one may be later.
      expect(rows[1]?.seconds).toBeLessThan(2)
      await reaches('revocation_failed', 'customers-db', deadLeases, 40_000)
      if (process.env.TEST_FIGURES) process.stderr.write(`late by ${rows[1]?.seconds} s at p99\n`)
    } finally {
      await world.close()
      await dead.close()
    }
  },
)
