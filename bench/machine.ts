import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fromRoot } from './world/children.ts'
import type { RedisServer } from './world/redis.ts'
import type { Server } from './world/server.ts'

/** The machine and the versions that the figures were measured with. */
export function describeMachine(server: Server, redis: RedisServer | null): Record<string, string> {
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const busy = (loadavg()[0] ?? 0).toFixed(1)
  return {
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${gigabytes} GB; load before the run ${busy}`,
    node: process.version,
    bolt: versionOf('@slack/bolt'),
    bullmq: versionOf('bullmq'),
    postgres: `${server.version}, embedded, as it comes: ${server.durability}`,
    redis: redis ? redis.version : 'none found: not measured',
  }
}

function versionOf(name: string): string {
  const manifest = readFileSync(fromRoot(`node_modules/${name}/package.json`), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
