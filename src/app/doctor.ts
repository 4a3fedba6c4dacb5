import type { Config } from '../config.ts'
import { openDatabase } from '../db/database.ts'
import { countFaults } from '../db/faults.ts'
import { createRecord } from '../db/record/record.ts'
import { partingStatements, standingOf } from '../db/roles.ts'
import { createStore } from '../db/store.ts'
import { asksForProofs, type Catalog } from '../domain/catalog.ts'
import type { Diagnosis } from '../domain/connector.ts'
import { usualRecordRules } from '../domain/record/rules.ts'
import type { StreamRules } from '../domain/record/stream-rules.ts'
import { shortHash } from '../domain/rules-version.ts'
import type { PersonTasks } from '../domain/task.ts'
import { diagnoseQueueBackend } from '../jobs/check-backend.ts'
import type { Logger } from '../logger.ts'
import { slackProbes } from '../slack/api/probes.ts'
import { diagnoseFaults, diagnoseRecord, diagnoseStream, type Probe } from '../usecases/diagnose.ts'
import { openConnectors } from './connectors.ts'
import { prepareDatabase } from './data.ts'
import { queueBackend } from './queue.ts'
import { readRules } from './rules.ts'
import { openSlack } from './slack.ts'
import { lookAtPage, signInProbes } from './step-up.ts'

/** The probes of `daypass doctor`. Call `release` at the end. */
export interface Probes {
  readonly list: Probe[]
  release(): Promise<void>
}

export function openProbes(config: Config, log: Logger): Probes {
  const { catalog, policies } = readRules(config)
  const { clients } = openSlack(config, () => catalog, log)
  const prepared = prepareDatabase(config)
  const url = prepared.then((database) => database.url)
  const connectors = openConnectors(catalog, log, countingTasks(url))
  const list: Probe[] = [
    {
      name: 'Database',
      look: async () => ({ ok: true, summary: `${await url.then(() => 'answers')} and is up to date` }),
    },
    { name: 'Audit log', look: async () => lookAtRecord(await url, catalog) },
    ...(catalog.streams ?? []).map((rules) => ({
      name: `Stream ${rules.id}`,
      look: async () => lookAtStream(await url, rules),
    })),
    { name: 'Rules', look: async () => describeRules(catalog.contentHash, policies.contentHash) },
    { name: 'Queue', look: async () => diagnoseQueueBackend(queueBackend(config, await url)) },
    { name: 'Grants and messages', look: async () => lookAtFaults(await url) },
    ...slackProbes(clients.background, catalog),
    ...(asksForProofs(catalog) || config.publicOrigin !== null
      ? [{ name: 'Step-up page', look: () => lookAtPage(config.publicOrigin) }]
      : []),
    ...signInProbes(config, catalog),
    ...[...catalog.resources.values()].map(({ id, name }) => ({
      name: `${name} (${id})`,
      look: () => connectors.of(id).check(),
    })),
  ]
  return {
    list,
    async release() {
      await connectors.close()
      await prepared.then((database) => database.release()).catch(() => {})
    },
  }
}

/** The files were read before this, so they can be used. Each process tells its own version in its metrics. */
function describeRules(catalog: string, policies: string): Diagnosis {
  const version = `catalog ${shortHash(catalog)} and policies ${shortHash(policies)}`
  return {
    ok: true,
    summary: `the files hold ${version}; \`daypass_rules_info\` of each process says which it uses`,
  }
}

async function lookAtRecord(url: string, catalog: Catalog): Promise<Diagnosis> {
  const database = openDatabase(url, { poolSize: 1 })
  const look = async () =>
    diagnoseRecord({
      standing: await standingOf(database),
      statements: partingStatements,
      last: await createRecord(database).lastCheckpoint(),
      places: (catalog.record ?? usualRecordRules).places.length,
    })
  return look().finally(database.close)
}

async function lookAtStream(url: string, rules: StreamRules): Promise<Diagnosis> {
  const database = openDatabase(url, { poolSize: 1 })
  const look = async () => diagnoseStream(rules, (await createStore(database).streams([rules.id]))[0] ?? null)
  return look().finally(database.close)
}

async function lookAtFaults(url: string): Promise<Diagnosis> {
  const database = openDatabase(url, { poolSize: 1 })
  return countFaults(database).then(diagnoseFaults).finally(database.close)
}

/** A check orders nothing of anybody: it only asks how many tasks wait. */
function countingTasks(url: Promise<string>): PersonTasks {
  const refuse = () => Promise.reject(new Error('a check orders no work of people'))
  return {
    now: () => new Date(),
    ensure: refuse,
    withdraw: refuse,
    find: refuse,
    countOpen: async (resourceId) => {
      const database = openDatabase(await url, { poolSize: 1 })
      return createStore(database).tasks.countOpen(resourceId).finally(database.close)
    },
  }
}
