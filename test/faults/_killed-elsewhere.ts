import { setTimeout as pause } from 'node:timers/promises'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { skipLoudly } from '../_redis.ts'
import { openMysqlShop } from '../actions/_mysql-actions.ts'
import { manifestOfPage, startShopCluster } from '../contract/kubernetes-cluster.ts'
import { makeSshWorld } from '../contract/ssh-world.ts'
import { actionResource, type Elsewhere } from './_elsewhere.ts'
import { atGitHub, byLambda, bySystemsManager } from './_killed-cloud.ts'

export type ElsewhereKind = 'mysql' | 'kubernetes' | 'ssh' | 'github' | 'aws command' | 'aws function'

/** Those that can be started on this machine. */
export const elsewhereKinds = (['mysql', 'kubernetes', 'ssh'] as const).filter(
  (kind) =>
    !skipLoudly(
      `a process killed amid a run of ${kind}`,
      { mysql: mariadbMissing, kubernetes: kubernetesMissing, ssh: sshHostMissing }[kind],
    ),
)

/** Those that are reached over the internet. GitHub and AWS are servers of the tests. */
export const cloudKinds = (['github', 'aws command', 'aws function'] as const).filter(
  (kind) => !skipLoudly(`a process killed amid a run of ${kind}`, kind === 'github' ? null : motoMissing),
)

export function openElsewhere(kind: ElsewhereKind): Promise<Elsewhere> {
  const open = {
    mysql: onMariadb,
    kubernetes: inCluster,
    ssh: onHost,
    github: atGitHub,
    'aws command': bySystemsManager,
    'aws function': byLambda,
  }
  return open[kind]()
}

async function onMariadb(): Promise<Elsewhere> {
  const shop = await openMysqlShop()
  return {
    offer: (step) => {
      const seconds = step === 'the statement under way' ? 25 : 0
      const statement = `insert into shop.journal (entry) select :entry from dual where sleep(${seconds}) = 0`
      return actionResource(
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
      return actionResource(
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
      return actionResource(connector, {
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
