import { z } from 'zod'
import type { RunOutput, RunResult } from '../../../domain/connector.ts'
import type { GitHub } from '../target.ts'

/** https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
export const workflowRunSchema = z.object({
  id: z.number(),
  display_title: z.string().nullish(),
  created_at: z.string(),
  run_attempt: z.number().default(1),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  html_url: z.string(),
  path: z.string(),
})
export type WorkflowRun = z.output<typeof workflowRunSchema>

const stepSchema = z.object({
  name: z.string(),
  number: z.number(),
  status: z.string(),
  conclusion: z.string().nullable(),
})
/** https://docs.github.com/rest/actions/workflow-jobs */
const jobSchema = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  steps: z.array(stepSchema).default([]),
})
type Job = z.output<typeof jobSchema>

interface Place {
  readonly repo: string
  readonly run_id: number
}

export function readRun(github: GitHub, place: Place): Promise<WorkflowRun | null> {
  return github.read(workflowRunSchema, '/repos/{owner}/{repo}/actions/runs/{run_id}', { ...place })
}

/** The jobs of its latest attempt. */
export function readJobs(github: GitHub, place: Place): Promise<Job[]> {
  return github.list(jobSchema, '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs', {
    ...place,
    within: 'jobs',
  })
}

/** How far it is: names of jobs and steps, and no log. */
export function progressOf({ status, html_url: url }: WorkflowRun, jobs: readonly Job[]): RunResult {
  const over = jobs.filter((job) => job.status === 'completed').length
  const current = jobs.find((job) => job.status === 'in_progress')
  const step = current?.steps.find((one) => one.status === 'in_progress')
  const where = current
    ? ` ${current.name} is running${step ? `: step ${step.number} of ${current.steps.length}, ${step.name}` : ''}.`
    : ''
  const waits = status === 'waiting' ? ' It waits for the review of a deployment.' : ''
  const queued = current || waits ? '' : ' Nothing of it runs now.'
  return {
    kind: 'under_way',
    progress: `${over} of ${jobs.length} jobs are over.${where}${waits}${queued} ${url}`,
  }
}

const well = ['success', 'neutral', 'skipped']

/** What became of a run that is over. */
export function outcomeOf({ conclusion, html_url: url }: WorkflowRun, jobs: readonly Job[]): RunResult {
  const isWell = conclusion !== null && well.includes(conclusion)
  const failed = jobs.filter((job) => job.conclusion !== null && !well.includes(job.conclusion))
  const where = failed.slice(0, 5).map((job) => {
    const step = job.steps.find((one) => one.conclusion === job.conclusion)
    return step ? `${job.name} (${step.name})` : job.name
  })
  const more = failed.length > where.length ? ` and ${failed.length - where.length} more` : ''
  const at = isWell || where.length === 0 ? '' : `, in ${where.join(', ')}${more}`
  return {
    kind: 'done',
    summary: `The workflow ended with “${conclusion}”${at}: ${url}`,
    rows: null,
    output: outputOf(jobs),
    ...(isWell ? {} : { wentWrong: true }),
  }
}

function outputOf(jobs: readonly Job[]): RunOutput {
  const lines = jobs.flatMap((job) => [
    `${job.name}: ${job.conclusion ?? job.status}`,
    ...job.steps.map((step) => `  ${step.number}. ${step.name}: ${step.conclusion ?? step.status}`),
  ])
  return { kind: 'text', text: lines.join('\n'), isCut: false }
}
