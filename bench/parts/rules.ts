import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { preparsePolicySet, preparseSchema, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { openDatabase } from '../../src/db/database.ts'
import { createStore } from '../../src/db/store.ts'
import type { Account } from '../../src/domain/account.ts'
import type { PolicyEngine, PolicyQuestion } from '../../src/domain/policy.ts'
import { cedarQuestion } from '../../src/policy/entities.ts'
import { policiesOf } from '../../src/policy/load-policies.ts'
import { parsePolicies } from '../../src/policy/parse-policies.ts'
import { policySchema } from '../../src/policy/schema.ts'
import { homeView } from '../../src/slack/features/home/view.ts'
import { maxOptions, resourceOption, suggest } from '../../src/slack/kit/options.ts'
import { type HomePorts, readHome } from '../../src/usecases/home/_home/read-home.ts'
import { searchResources } from '../../src/usecases/requests/list-requestable.ts'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { fromRoot } from '../world/children.ts'
import { knowsEverybody } from '../world/directory.ts'
import type { Environment } from '../world/environment.ts'
import { makeRulesWorld, rulesCatalog, somebodyWithoutEngagement } from '../world/many-rows.ts'
import { decisions, leads, manyPolicies, shippedFile } from '../world/many-rules.ts'
import { approvers, slack } from '../world/people.ts'

export interface RulesSize {
  readonly policies: number
  readonly people: number
  readonly resources: number
  readonly rows: number
  readonly repeat: number
}

export interface RulesFigures extends RulesSize {
  readonly decisions: readonly { readonly name: string; readonly daypass: Spread; readonly cedar: Spread }[]
  readonly form: readonly Answered[]
  readonly home: Answered & { readonly blocks: number; readonly shown: string }
}

export interface Answered {
  readonly name: string
  readonly took: Spread
  /** The longest time for which the event loop was blocked, in milliseconds. */
  readonly blocked: number
}

const database = 'bot_rules'

/** Measures decisions beside Cedar, the search of the form, and App Home. */
export async function measureRules(environment: Environment, size: RulesSize): Promise<RulesFigures> {
  const files = [
    { file: shippedFile, source: readFileSync(fromRoot(shippedFile), 'utf8') },
    { file: 'many.cedar', source: manyPolicies(size) },
  ]
  const policy = policiesOf('policies', files, { securityLeads: leads })
  const compared = (['request', 'approve'] as const).map((action) =>
    compare(
      policy,
      files,
      decisions(action, size).filter((_, n) => (n % 2 === 0) === (action === 'request')),
    ),
  )
  const url = await makeRulesWorld(environment, database, size)
  const opened = openDatabase(url)
  const ports: HomePorts = {
    store: createStore(opened),
    clock: { now: () => new Date() },
    catalog: rulesCatalog(environment, size),
    policy: policiesOf('policies', files.slice(0, 1), { securityLeads: leads }),
    directory: {
      ...knowsEverybody,
      account: async (userId, age) => {
        const account = await knowsEverybody.account(userId, age)
        return account && { ...account, isGuest: userId.startsWith(somebodyWithoutEngagement) }
      },
    },
  }
  const form = [
    ...(await search('shipped policies', ports, size)),
    ...(await search(`${size.policies} policies more`, { ...ports, policy }, size)),
    await timed('shipped policies: of somebody who may request nothing', 2, (n) =>
      keystroke(ports, `${somebodyWithoutEngagement}${n}`, ''),
    ),
  ]
  const [account] = await opened.sql<Account[]>`select * from accounts where user_id = ${approvers[0] ?? ''}`
  if (!account) throw new Error('The person whose Home tab is read has no account')
  const home = await readHomes(ports, account, size.repeat)
  await opened.close()
  await environment.server.drop(database)
  return { ...size, decisions: compared, form, home }
}

/** The same questions, in turns. Cedar gets them as entities, with all policies parsed beforehand. */
function compare(
  policy: Pick<PolicyEngine, 'judge'>,
  files: readonly { file: string; source: string }[],
  questions: readonly PolicyQuestion[],
) {
  const staticPolicies = Object.fromEntries(parsePolicies(files).policies.map(({ id, text }) => [id, text]))
  preparsePolicySet('bare', { staticPolicies })
  preparseSchema('bare', policySchema)
  const [daypass, cedar]: [number[], number[]] = [[], []]
  for (const [index, question] of questions.entries()) {
    const input = cedarQuestion(question, leads)
    const start = performance.now()
    const { allowed } = policy.judge(question)
    const middle = performance.now()
    const answer = statefulIsAuthorized({
      ...input,
      preparsedPolicySetId: 'bare',
      preparsedSchemaName: 'bare',
      validateRequest: true,
    })
    const end = performance.now()
    if (answer.type === 'failure' || (answer.response.decision === 'allow') !== allowed)
      throw new Error(`Cedar and Daypass disagree: ${JSON.stringify(question)}`)
    if (index < questions.length / 10) continue
    daypass.push(middle - start)
    cedar.push(end - middle)
  }
  return { name: questions[0]?.action ?? '', daypass: spreadOf(daypass), cedar: spreadOf(cedar) }
}

async function search(rules: string, ports: HomePorts, { people, repeat }: RulesSize): Promise<Answered[]> {
  const letters = ['r', 'resource 1', '19', 'production', '']
  const person = (n: number) => `U0MANY${String(n % people).padStart(5, '0')}`
  const letter = (n: number) => letters[n % letters.length] ?? ''
  for (let n = 0; n < 20; n += 1) await keystroke(ports, person(people - 1 - n), letter(n))
  return [
    await timed(`${rules}: first letters of a person`, repeat, (n) => keystroke(ports, person(n), letter(n))),
    await timed(`${rules}: further letters of that person`, repeat, (n) =>
      keystroke(ports, person(repeat - 1), letter(n)),
    ),
  ]
}

async function keystroke(ports: HomePorts, userId: string, typed: string): Promise<string> {
  const asker = { teamId: slack.teamId, userId }
  const matches = await searchResources(ports, { asker, typed, most: maxOptions })
  return JSON.stringify(suggest(matches, typed, resourceOption))
}

async function readHomes(ports: HomePorts, account: Account, repeat: number): Promise<RulesFigures['home']> {
  const read = async () => {
    const { home } = await readHome(ports, account)
    const { blocks } = homeView(home, ports.catalog)
    return { home, blocks: JSON.stringify(blocks).length > 0 ? blocks.length : 0 }
  }
  const { home, blocks } = await read()
  const { waiting, holding, asked, past, preApproved, contractors, audited } = home
  const lists = { waiting, holding, asked, past, preApproved, contractors, ...audited }
  const shown = Object.entries(lists).map(([name, list]) => `${name} ${list?.rows.length} of ${list?.total}`)
  return { ...(await timed('App Home', repeat, read)), blocks, shown: shown.join(', ') }
}

/** One at a time. The event loop is free between two. */
async function timed(name: string, times: number, work: (n: number) => Promise<unknown>): Promise<Answered> {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  await pause(100)
  delays.enable()
  await pause(20)
  delays.reset()
  const took: number[] = []
  for (let n = 0; n < times; n += 1) {
    const since = performance.now()
    await work(n)
    took.push(performance.now() - since)
    await pause(5)
  }
  delays.disable()
  return { name, took: spreadOf(took), blocked: delays.max / 1e6 }
}
