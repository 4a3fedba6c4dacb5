import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Repository, WorkflowRun } from '../../fixtures/targets/github/state.ts'
import { type GitHubTarget, startGitHubTarget } from '../../fixtures/targets/github.ts'
import { github } from '../../src/connectors/github/connector.ts'
import type { Connector, Facts, RunOrder, Runs } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { openConnector } from '../contract/_open-connector.ts'

let target: GitHubTarget
let connector: Connector
let orders: Repository
const deploy = { repository: 'orders', workflow: 'deploy.yml', ref: 'main', inputs: { env: 'production' } }
const correlated = { ...deploy, correlation: 'daypass' }
const rerun = { repository: 'orders', workflow: 'deploy.yml', rerun: 'failed' }

beforeAll(async () => {
  target = await startGitHubTarget()
  target.app.permissions = { ...target.app.permissions, actions: 'write' }
  orders = target.addRepository('orders')
  orders.workflows.push({
    id: 7,
    file: 'deploy.yml',
    state: 'active',
    refs: ['main'],
    inputs: ['env', 'version', 'daypass'],
    runName: ['version', 'daypass'].map((name) => `Deploy $\{{ inputs.${name} }}`).join(' '),
  })
  connector = openConnector(github, {
    id: 'acme',
    settings: {
      organization: 'acme',
      appId: target.app.id,
      privateKey: target.privateKey,
      apiUrl: `http://127.0.0.1:${target.port}`,
      timeout: '6s',
    },
    entitlements: {},
    actions: { deploy, correlated, rerun },
  })
})
beforeEach(() => {
  target.state.tellsRuns = true
  orders.workflowRuns.length = 0
})
afterAll(async () => {
  expect(target.violations).toEqual([])
  await connector.close()
  await target.close()
})

const order = (content: object, values: Record<string, string> = { version: 'v7' }): RunOrder => ({
  runId: randomUUID(),
  reference: 'AR-1042',
  resourceId: 'acme',
  actionId: 'it',
  content: contentFromJson({ inputs: {}, ...content }),
  values,
  previewedRows: null,
  requester: { displayName: 'Carl', userId: 'U0CARL' },
})
const runs = (): Runs => {
  if (!connector.runs) throw new Error('no runs')
  return connector.runs
}
const begun = async (one: RunOrder) => {
  const ready = await runs().ready(one)
  const state = await ready.execute(new AbortController().signal)
  const mark: Facts = { ...ready.mark, ...(state.kind === 'under_way' ? state.found : {}) }
  return { state, mark, settle: (isToStop = false) => runs().settle(one, mark, isToStop) }
}
const only = (): WorkflowRun => {
  const [run, ...others] = orders.workflowRuns
  if (!run || others.length > 0) throw new Error('not one run')
  return run
}
const step = (name: string, number: number, status: string, conclusion: string | null = null) => ({
  ...{ name, number, status, conclusion },
})

it('dispatches the workflow once, with typed inputs, follows its run, and says where it failed', async () => {
  const { state, settle } = await begun(order(deploy))
  expect(state).toMatchObject({ kind: 'under_way', found: { run_id: only().id } })
  expect(only().inputs).toEqual({ env: 'production', version: 'v7' })
  const build = { name: 'build', status: 'completed', conclusion: 'success', steps: [] }
  const steps = [step('Plan', 1, 'completed', 'success'), step('Apply', 2, 'in_progress')]
  const job = { name: 'deploy', status: 'in_progress', conclusion: null, steps }
  Object.assign(only(), { status: 'in_progress', jobs: [build, job] })
  const url = `https://github.test/acme/orders/actions/runs/${only().id}`
  expect(await settle()).toEqual({
    kind: 'under_way',
    progress: `1 of 2 jobs are over. deploy is running: step 2 of 2, Apply. ${url}`,
  })
  const ended = { ...job, status: 'completed', conclusion: 'failure' }
  const failed = { ...ended, steps: [steps[0], step('Apply', 2, 'completed', 'failure')] }
  Object.assign(only(), { status: 'completed', conclusion: 'failure', jobs: [build, failed] })
  expect(await settle()).toEqual({
    kind: 'done',
    summary: `The workflow ended with “failure”, in deploy (Apply): ${url}`,
    rows: null,
    wentWrong: true,
    output: {
      kind: 'text',
      isCut: false,
      text: 'build: success\ndeploy: failure\n  1. Plan: success\n  2. Apply: failure',
    },
  })
  Object.assign(only(), { conclusion: 'success', jobs: [build] })
  expect(await settle()).toMatchObject({ summary: `The workflow ended with “success”: ${url}` })
  expect(await settle()).not.toHaveProperty('wentWrong')
})

it('what GitHub refuses is undone, and nothing is dispatched', async () => {
  expect((await begun(order(deploy, { colour: 'red' }))).state).toMatchObject({
    kind: 'undone',
    code: 'status_422',
    message: expect.stringMatching(/Unexpected inputs provided:.*colour/),
  })
  expect(orders.workflowRuns).toEqual([])
  await expect(runs().ready(order({ ...deploy, workflow: 'other.yml' }))).rejects.toThrow(
    'the workflow other.yml of orders does not exist, or the app may not see it.',
  )
})

it('an older server does not say which run it is: it is found by the id of our run in its title', async () => {
  target.state.tellsRuns = false
  const one = order(correlated)
  const { state, settle } = await begun(one)
  expect(state).toMatchObject({ kind: 'under_way', found: { accepted: true } })
  // Somebody who saw the title dispatches another one later.
  const mine = only()
  orders.workflowRuns.push({
    ...mine,
    id: mine.id + 1,
    createdAt: new Date(Date.now() + 5_000).toISOString(),
  })
  Object.assign(mine, { status: 'completed', conclusion: 'success' })
  expect(await settle()).toMatchObject({ kind: 'done', summary: expect.stringContaining(`/${mine.id}`) })
})

it.each([
  ['and its title shows our id: it is found', correlated, true, { kind: 'done' }],
  [
    'and nothing shows which run it is: nobody knows',
    deploy,
    true,
    { kind: 'unknown', code: 'cannot_be_read' },
  ],
] as const)('the answer to a dispatch is lost, %s', async (_, content, done, settled) => {
  target.lieNext(/dispatches/, done)
  const { state, settle } = await begun(order(content))
  expect(state).toMatchObject({ kind: 'unknown' })
  Object.assign(only(), { status: 'completed', conclusion: 'success' })
  expect(await settle()).toMatchObject(settled)
  expect(orders.workflowRuns).toHaveLength(1)
})

it('a run that GitHub does not show, and perhaps was never told of, is asked for again', async () => {
  target.refuseNext(/dispatches/, { status: 500 })
  const { state, settle } = await begun(order(correlated))
  expect(state).toMatchObject({ kind: 'unknown', code: 'status_500' })
  await expect(settle()).rejects.toMatchObject({ code: 'conflict', retryable: true })
})

it('a stop cancels it at GitHub; one that had begun is told as what it is', async () => {
  const { settle } = await begun(order(deploy))
  Object.assign(only(), { status: 'in_progress' })
  await settle(true)
  expect(only()).toMatchObject({ conclusion: 'cancelled' })
  expect(await settle(true)).toMatchObject({
    kind: 'done',
    wentWrong: true,
    summary: expect.stringContaining('cancelled'),
  })
  const stopped = new AbortController()
  stopped.abort()
  const ready = await runs().ready(order(deploy))
  expect(await ready.execute(stopped.signal)).toMatchObject({ kind: 'undone', code: 'cancelled' })
  expect(orders.workflowRuns).toHaveLength(1)
})

it('runs a run of this workflow again, and tells the new attempt from the old one', async () => {
  await begun(order(deploy))
  const old = only()
  const one = () => order(rerun, { run: String(old.id) })
  await expect(runs().ready(one())).rejects.toThrow('is not over')
  Object.assign(old, { status: 'completed', conclusion: 'failure' })
  target.lieNext(/rerun-failed-jobs/, true)
  const lost = await begun(one())
  expect([lost.state.kind, old.attempt]).toEqual(['unknown', 2])
  expect(await lost.settle()).toMatchObject({ kind: 'under_way' })
  Object.assign(old, { status: 'completed', conclusion: 'success' })
  expect(await lost.settle()).toMatchObject({ kind: 'done' })
  old.file = 'other.yml'
  await expect(runs().ready(one())).rejects.toThrow(`orders has no run ${old.id} of deploy.yml`)
})

it('the check names a workflow that is missing, and the permission', async () => {
  expect(await connector.check()).toMatchObject({ ok: true })
  target.app.permissions = { ...target.app.permissions, actions: 'read' }
  expect(await connector.check()).toMatchObject({
    problems: [{ what: 'the installation of the app lacks the permission actions: write' }],
  })
  target.app.permissions = { ...target.app.permissions, actions: 'write' }
  const [workflow] = orders.workflows
  if (workflow) workflow.state = 'disabled_manually'
  expect(await connector.check()).toMatchObject({
    problems: [{ what: expect.stringContaining('deploy.yml of orders is disabled manually') }],
  })
  if (workflow) workflow.state = 'active'
})

it('the template is checked, and its text says what is dispatched', () => {
  const typed = (content: object) => {
    const read = github.action?.readContent((schema) => schema.parse(content))
    if (!read) throw new Error('no content')
    return read
  }
  const parameter = { type: 'string', label: 'x', pattern: '.*', example: null, maxLength: 9 } as const
  const faults = (content: object, ...names: string[]) =>
    github.action
      ?.problems(
        typed(content),
        names.map((name) => ({ ...parameter, name })),
      )
      .map(({ what }) => what)
  expect(faults(correlated, 'version')).toEqual([])
  expect(faults(correlated, 'env', 'daypass')).toEqual([
    '`env` is a parameter too.',
    '`daypass` is a parameter too.',
  ])
  expect(faults(rerun, 'run')).toEqual(['it takes one parameter, `run`, a whole number from 1.'])
  expect(() => typed({ ...rerun, ref: 'main' })).toThrow('write either `ref`')
  expect(() => typed({ ...deploy, workflow: '../x.yml' })).toThrow('expected the name of a file')
})
