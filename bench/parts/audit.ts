import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { readCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createStore } from '../../src/db/store.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { auditKeyOf } from '../../src/domain/request-history.ts'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import { auditAnswer } from '../../src/slack/features/audit/answer.ts'
import { auditTableAnswer } from '../../src/slack/features/audit/table.ts'
import { type AuditAnswer, queryAudit } from '../../src/usecases/audit/query-audit.ts'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { fromRoot } from '../world/children.ts'
import { knowsEverybody } from '../world/directory.ts'
import type { Environment } from '../world/environment.ts'
import { approvers, slack } from '../world/people.ts'
import { makeYears, pastResources, type YearsSize } from '../world/years.ts'
import { auditQuestions, bareStatement, type Question } from './audit-questions.ts'

export interface AuditFigures extends YearsSize {
  /** Seconds to write the past. */
  readonly madeInSeconds: number
  readonly megabytes: number
  readonly questions: readonly QuestionFigures[]
}

export interface QuestionFigures {
  readonly name: string
  /** From the question to the blocks of the answer. */
  readonly first: Spread
  /** The next page, the one after it as a table, and back again. Null: the answer has one page. */
  readonly turns: Spread | null
  /** Bare SQL for the rows of the first page. */
  readonly bareSql: Spread
}

const database = 'bot_audit'

/** Measures each kind of question to `/audit`, one at a time. Slack's answers are not part of it. */
export async function measureAudit(
  environment: Environment,
  { repeat, ...size }: YearsSize & { repeat: number },
): Promise<AuditFigures> {
  const since = performance.now()
  const url = await makeYears(environment, database, size)
  const madeInSeconds = (performance.now() - since) / 1000
  const asked = await askAll(environment, url, size, repeat)
  await environment.server.drop(database)
  return { ...size, madeInSeconds, ...asked }
}

async function askAll(environment: Environment, url: string, size: YearsSize, repeat: number) {
  const opened = openDatabase(url)
  const bare = postgres(url, { max: 1 })
  const [about] = await bare<{ megabytes: number; now: Date }[]>`
    select (pg_database_size(current_database()) / 1048576)::integer as megabytes, now() as now`
  const ports = await auditPorts(environment, createStore(opened))
  const questions: QuestionFigures[] = []
  for (const question of auditQuestions(about?.now ?? new Date(), size)) {
    questions.push(await measure(ports, bare, question, repeat))
  }
  await bare.end()
  await opened.close()
  return { megabytes: about?.megabytes ?? 0, questions }
}

type AuditPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

async function measure(
  ports: AuditPorts,
  bare: postgres.Sql,
  question: Question,
  repeat: number,
): Promise<QuestionFigures> {
  const [first, turns, bareSql]: [number[], number[], number[]] = [[], [], []]
  const statement = bareStatement(question)
  for (let round = -2; round < repeat; round += 1) {
    let since = performance.now()
    const took = (of: number[]) => {
      if (round >= 0) of.push(performance.now() - since)
      since = performance.now()
    }
    await bare.unsafe(statement, [], { prepare: true })
    took(bareSql)
    const answer = await answerTo(ports, question, 'list')
    took(first)
    const second = await turn(ports, question, answer, 'older', 'list')
    if (!second) continue
    took(turns)
    const third = await turn(ports, question, second, 'older', 'table')
    if (third) took(turns)
    await turn(ports, question, third ?? second, 'newer', 'table')
    took(turns)
  }
  return {
    name: question.name,
    first: spreadOf(first),
    turns: turns.length > 0 ? spreadOf(turns) : null,
    bareSql: spreadOf(bareSql),
  }
}

/** Next or Previous, as their buttons ask. Null: there is no such page. */
async function turn(
  ports: AuditPorts,
  { by, query }: Pick<Question, 'by' | 'query'>,
  answer: AuditAnswer,
  direction: 'older' | 'newer',
  form: 'list' | 'table',
): Promise<AuditAnswer | null> {
  if (query.kind !== 'list' || answer.kind !== 'page') return null
  const { rows, hasOlder } = answer.page
  const row = direction === 'older' ? rows.at(-1) : rows[0]
  if (!row || (direction === 'older' && !hasOlder)) return null
  const place = { kind: direction, than: auditKeyOf(row) }
  return answerTo(ports, { by, query: { ...query, place } }, form)
}

async function answerTo(
  ports: AuditPorts,
  { by, query }: Pick<Question, 'by' | 'query'>,
  form: 'list' | 'table',
): Promise<AuditAnswer> {
  const answer = await queryAudit(ports, { by: { teamId: slack.teamId, userId: by }, query })
  if (answer.kind !== 'page' && answer.kind !== 'history') throw new Error(`Not answered: ${answer.kind}`)
  if (form === 'table' && answer.kind === 'page') auditTableAnswer(answer, 'Europe/Lisbon')
  else auditAnswer(ports.catalog, answer, { shared: false })
  return answer
}

async function auditPorts({ server, targetUrl }: Environment, store: Ports['store']): Promise<AuditPorts> {
  const path = join(server.folder, 'audit-catalog.yml')
  await writeFile(path, catalogOf(targetUrl))
  const catalog = readCatalog(path, { environment: {}, connectorKinds })
  const policy = loadPolicies(fromRoot('policies'), { securityLeads: catalog.security.leads })
  return { store, clock: { now: () => new Date() }, catalog, policy, directory: knowsEverybody }
}

/** The first approver decides about one resource, the second about 30. */
function catalogOf(targetUrl: string): string {
  const resources = Array.from({ length: pastResources }, (_, n) => {
    const approver = n === 0 ? approvers[0] : n <= 30 ? approvers[1] : approvers[2]
    return `  resource-${n}:
    name: Resource ${n}
    environment: production
    owners: { channel: ${slack.ownersChannel}, approvers: [${approver}] }
    connector: { kind: postgres, url: '${targetUrl}' }
    entitlements:
      read-orders:
        name: Read orders
        risk: low
        maxDuration: 8h
        privileges: [{ on: table public.orders, allow: [SELECT] }]`
  })
  return `version: 1
security: { channel: ${slack.securityChannel}, leads: [${slack.lead}] }
resources:
${resources.join('\n')}
`
}
