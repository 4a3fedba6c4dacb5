import { setTimeout as pause } from 'node:timers/promises'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { skipLoudly } from '../_redis.ts'
import { openMysqlShop } from '../actions/_mysql-actions.ts'
import { manifestOfPage, startShopCluster } from '../contract/kubernetes-cluster.ts'
import { makeSshWorld } from '../contract/ssh-world.ts'
import type { RunStep } from './_run-worker.ts'

/** A real target, and an action `write-entry` of the resource `elsewhere` on it. */
export interface Elsewhere {
  /** The resource, for a catalog. It takes a while where the kill comes amid it. */
  offer(step: RunStep): string
  /** How often this entry was written. */
  times(entry: string): Promise<number>
  /** The process that executed runs is killed: what it began may end now. */
  afterKill(): void
  close(): Promise<void>
}

export type ElsewhereKind = 'mysql' | 'kubernetes' | 'ssh'

/** Those that can be started on this machine. */
export const elsewhereKinds = (['mysql', 'kubernetes', 'ssh'] as const).filter(
  (kind) =>
    !skipLoudly(
      `a process killed amid a run of ${kind}`,
      { mysql: mariadbMissing, kubernetes: kubernetesMissing, ssh: sshHostMissing }[kind],
    ),
)

export function openElsewhere(kind: ElsewhereKind): Promise<Elsewhere> {
  return { mysql: onMariadb, kubernetes: inCluster, ssh: onHost }[kind]()
}

async function onMariadb(): Promise<Elsewhere> {
  const shop = await openMysqlShop()
  return {
    offer: (step) => {
      const seconds = step === 'the statement under way' ? 25 : 0
      const statement = `insert into shop.journal (entry) select :entry from dual where sleep(${seconds}) = 0`
      return resource(
        { kind: 'mysql', ...shop.settings },
        { statement, runAs: 'orders_clerk', writes: { rows: 1 } },
      )
    },
    times: async (entry) =>
      (await shop.server.run('select 1 from shop.journal where entry = ?', [entry])).length,
    afterKill: () => {},
    close: () => shop.close(),
  }
}

async function onHost(): Promise<Elsewhere> {
  const world = await makeSshWorld()
  await world.host.run(`printf '#!/bin/sh\\nsleep "$2"; echo "$1" >>/var/tmp/entries\\n' >/usr/local/bin/write-entry
    chmod 755 /usr/local/bin/write-entry`)
  return {
    offer: (step) => {
      const seconds = step === 'the statement under way' ? '8' : '0'
      return resource(
        { ...world.inCatalog?.connector },
        { command: ['/usr/local/bin/write-entry', ':entry', seconds], runAs: 'root' },
      )
    },
    times: async (entry) => Number(await world.host.run(`grep -cx '${entry}' /var/tmp/entries || true`)),
    afterKill: () => {},
    close: () => world.close(),
  }
}

const jobs = '/apis/batch/v1/namespaces/orders/jobs'

/** Nothing in this cluster runs pods: the Jobs are ended here. */
async function inCluster(): Promise<Elsewhere> {
  const cluster = await startShopCluster()
  for (const object of await manifestOfPage('name: daypass-actions')) await cluster.apply(object)
  const connector = {
    kind: 'kubernetes',
    url: cluster.url(),
    caFile: cluster.caFile,
    token: cluster.daypassToken,
  }
  let [isKilled, isOver] = [false, false]
  const made = async () => {
    const { items } = (await cluster.call('GET', jobs)).body as { items: readonly FoundJob[] }
    return items.filter(({ spec }) => spec.parallelism !== 0)
  }
  const end = async () => {
    while (!isOver) {
      for (const { metadata, spec, status } of await made()) {
        const isDue = isKilled || spec.template.spec.containers[0]?.args[1] === 'at once'
        if (!isDue || status.conditions) continue
        const conditions = [{ type: 'Complete', status: 'True' }]
        await cluster.call('PATCH', `${jobs}/${metadata.name}/status`, { status: { conditions } })
      }
      await pause(200)
    }
  }
  const ending = end()
  return {
    offer: (step) => {
      const args = [':entry', step === 'the statement under way' ? 'later' : 'at once']
      const containers = [{ name: 'it', image: 'shop/it', args }]
      return resource(connector, {
        job: { namespace: 'orders', spec: { template: { spec: { restartPolicy: 'Never', containers } } } },
      })
    },
    times: async (entry) =>
      (await made()).filter(({ spec }) => spec.template.spec.containers[0]?.args[0] === entry).length,
    afterKill: () => {
      isKilled = true
    },
    close: async () => {
      isOver = true
      await ending
      await cluster.close()
    },
  }
}

interface FoundJob {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly parallelism: number
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] }
    }
  }
  readonly status: { readonly conditions?: unknown }
}

function resource(connector: object, content: object): string {
  const action = {
    name: 'Write an entry',
    risk: 'low',
    parameters: { entry: { type: 'string', pattern: '[a-z]+' } },
    ...content,
  }
  const owners = { channel: 'C0ORDERS', approvers: ['U0DANA', 'S0DBAS'] }
  const actions = { 'write-entry': action }
  return `\n  elsewhere: ${JSON.stringify({ name: 'Elsewhere', owners, connector, entitlements: {}, actions })}\n`
}
