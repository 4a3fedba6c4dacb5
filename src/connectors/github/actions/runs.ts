import { z } from 'zod'
import {
  ConnectorError,
  type Facts,
  type ReadyRun,
  type RunOrder,
  type RunResult,
  type Runs,
} from '../../../domain/connector.ts'
import { statusOf, toConnectorError } from '../errors.ts'
import type { GitHub, Target } from '../target.ts'
import type { GitHubAction } from './schema.ts'
import {
  outcomeOf,
  progressOf,
  readJobs,
  readRun,
  type WorkflowRun,
  workflowRunSchema,
} from './workflow-run.ts'

type Order = RunOrder<GitHubAction>

/** How long a run that GitHub took may take to show. */
const showsWithinMs = 10 * 60_000

/**
 * Workflows as actions. GitHub runs them by itself, so that they are followed. A dispatch is found again by the number that GitHub
 * answered, or by the id of our run in its title. Another attempt of a run is found by its count.
 */
export function githubRuns(target: Target): Runs<GitHubAction> {
  return {
    ready: (order) => target.operation((github) => ready(target, github, order)),
    settle: (order, mark, isToStop) =>
      target.operation((github) => settle(target, github, order, mark, isToStop)),
  }
}

async function ready(target: Target, github: GitHub, order: Order): Promise<ReadyRun> {
  const { repository: repo, workflow, rerun } = order.content
  const abandon = async () => {}
  if (rerun === undefined) {
    const problem = await problemOfWorkflow(github, repo, workflow)
    if (problem !== null) throw refusal(target, `${problem}.`)
    const mark = { correlation: order.runId, since: github.now().toISOString() }
    return { mark, abandon, execute: (signal) => execute(target, signal, (now) => dispatch(now, order)) }
  }
  const run_id = Number(order.values.run)
  const run = await readRun(github, { repo, run_id })
  if (run?.path !== `.github/workflows/${workflow}`)
    throw refusal(target, `${repo} has no run ${run_id} of ${workflow}. Take the number from its address.`)
  if (run.status !== 'completed')
    throw refusal(target, `the run ${run_id} is not over, so it cannot be run again.`)
  const mark = { run_id, attempt: run.run_attempt, since: github.now().toISOString() }
  return { mark, abandon, execute: (signal) => execute(target, signal, (now) => again(now, order, mark)) }
}

function refusal({ resourceId }: Target, what: string): ConnectorError {
  return new ConnectorError('misconfigured', `${resourceId}: ${what}`, { retryable: false })
}

const workflowSchema = z.object({ state: z.string() })

/** Why it cannot be dispatched. Null: it can. */
export async function problemOfWorkflow(
  github: GitHub,
  repo: string,
  workflow: string,
): Promise<string | null> {
  const path = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}'
  const found = await github.read(workflowSchema, path, { repo, workflow_id: workflow })
  if (found?.state === 'active') return null
  const problem = found
    ? `is ${found.state.replaceAll('_', ' ')}`
    : 'does not exist, or the app may not see it'
  return `the workflow ${workflow} of ${repo} ${problem}`
}

/** A refusal of GitHub did nothing. After a fault, or no answer, nobody knows. */
async function execute(
  target: Target,
  signal: AbortSignal,
  order: (github: GitHub) => Promise<Facts>,
): Promise<RunResult> {
  if (signal.aborted) return { kind: 'undone', code: 'cancelled', message: 'GitHub was not told.' }
  try {
    return await target.operation(async (github): Promise<RunResult> => {
      try {
        const found = await order(github)
        return { kind: 'under_way', progress: 'GitHub took it.', found: { ...found, accepted: true } }
      } catch (error) {
        const status = statusOf(error)
        const { message } = toConnectorError(error, target.resourceId)
        if (status !== null && status >= 400 && status < 500 && status !== 408)
          return { kind: 'undone', code: `status_${status}`, message }
        return { kind: 'unknown', code: status === null ? 'unreachable' : `status_${status}`, message }
      }
    })
  } catch (error) {
    const { code, message } = toConnectorError(error, target.resourceId)
    return { kind: 'unknown', code, message }
  }
}

const detailsSchema = z.object({ workflow_run_id: z.number() })

/** The facts of the run, where GitHub says them: https://github.blog/changelog/2026-02-19-workflow-dispatch-api-now-returns-run-ids */
async function dispatch(github: GitHub, { content, values, runId }: Order): Promise<Facts> {
  const { repository: repo, workflow: workflow_id, ref, inputs, correlation } = content
  const all = { ...inputs, ...values, ...(correlation !== undefined && { [correlation]: runId }) }
  const texts = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
  const path = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'
  const call = { repo, workflow_id, ref, inputs: texts }
  const sent = github.change('POST', path, { ...call, return_run_details: true })
  const { data } = await sent.catch((error: unknown) => {
    // An older server takes no such key, and did nothing.
    if (statusOf(error) !== 422 || !/return_run_details/.test(String(error))) throw error
    return github.change('POST', path, call)
  })
  const details = detailsSchema.safeParse(data)
  return details.success ? { run_id: details.data.workflow_run_id } : {}
}

async function again(github: GitHub, { content }: Order, { run_id }: { run_id: number }): Promise<Facts> {
  const call = content.rerun === 'failed' ? 'rerun-failed-jobs' : 'rerun'
  await github.change('POST', `/repos/{owner}/{repo}/actions/runs/{run_id}/${call}`, {
    repo: content.repository,
    run_id,
  })
  return {}
}

async function settle(
  target: Target,
  github: GitHub,
  order: Order,
  mark: Facts,
  stop: boolean,
): Promise<RunResult> {
  const { repository: repo } = order.content
  const run = await find(github, order, mark)
  if (run === 'unknowable') {
    const message =
      'The workflow does not show the id of the run in its title, so its run cannot be told from others.'
    return { kind: 'unknown', code: 'cannot_be_read', message }
  }
  if (!run) return notThere(target, github, mark)
  const place = { repo, run_id: run.id }
  if (run.status !== 'completed' && stop)
    await github
      .change('POST', '/repos/{owner}/{repo}/actions/runs/{run_id}/cancel', place)
      .catch((error: unknown) => {
        // It is over meanwhile, or is being cancelled.
        if (statusOf(error) !== 409) throw error
      })
  const jobs = await readJobs(github, place)
  return run.status === 'completed' ? outcomeOf(run, jobs) : progressOf(run, jobs)
}

/** GitHub took it and does not show it yet, or nobody knows whether GitHub was told. */
function notThere({ resourceId }: Target, github: GitHub, { accepted, since }: Facts): RunResult {
  const isLate = github.now().getTime() > Date.parse(String(since)) + showsWithinMs
  if (accepted === true && !isLate)
    return { kind: 'under_way', progress: 'GitHub took it, and does not show it yet.' }
  if (accepted === true)
    return { kind: 'unknown', code: 'not_shown', message: 'GitHub took it, and never showed a run of it.' }
  const message = `${resourceId}: GitHub shows no run of it. Whether it was told is not known.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

const runsSchema = z.object({ workflow_runs: z.array(workflowRunSchema) })

/** Null: there is none, or none yet. */
async function find(
  github: GitHub,
  { content, runId }: Order,
  { run_id, attempt }: Facts,
): Promise<WorkflowRun | null | 'unknowable'> {
  const { repository: repo, workflow: workflow_id, correlation } = content
  if (typeof run_id === 'number') {
    const run = await readRun(github, { repo, run_id })
    const isIt = run && (typeof attempt !== 'number' || run.run_attempt > attempt)
    return isIt ? run : null
  }
  if (correlation === undefined) return 'unknowable'
  const path = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs'
  const latest = { repo, workflow_id, event: 'workflow_dispatch', per_page: 100 }
  const found = await github.read(runsSchema, path, latest)
  // Somebody may dispatch another one with the same title after they saw ours.
  const [first] = (found?.workflow_runs ?? [])
    .filter((run) => run.display_title?.includes(runId))
    .toSorted((one, other) => one.created_at.localeCompare(other.created_at))
  return first ?? null
}
