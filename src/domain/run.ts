import type { Facts, RunOutput } from './connector.ts'

export const runStatuses = [
  'waiting',
  'running',
  'done',
  'failed',
  'outcome_unknown',
  'lapsed',
  'cancelled',
] as const
export type RunStatus = (typeof runStatuses)[number]

/** Legal transitions; Postgres refuses all others too. No way leads back to `running`: a run is executed at most once. */
export const runTransitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  waiting: ['running', 'failed', 'lapsed', 'cancelled'],
  running: ['done', 'failed', 'outcome_unknown', 'cancelled'],
  // The target was asked again, or the process that executed it answered late.
  outcome_unknown: ['done', 'failed'],
  done: [],
  failed: [],
  lapsed: [],
  cancelled: [],
}

interface RunBase {
  /** That of its request: an approved request has one run. */
  readonly id: string
  readonly approvedAt: Date
  /** It does not begin after that. */
  readonly lapsesAt: Date
}

/** What is known of an output without looking at it. */
export interface OutputFacts {
  /** Of the output as the requester sees it: SHA-256 in hex, and its size. */
  readonly sha256: string
  readonly bytes: number
  /** A limit of the action cut it. */
  readonly isCut: boolean
  /** Until then the requester can see it. Null: it is not kept. */
  readonly keptUntil: Date | null
}

/** Why a run did nothing, or why nobody knows what it did. */
export interface RunFailure {
  readonly code: string
  /** For people. It may repeat values that they typed. */
  readonly message: string
}

export type WaitingRun = RunBase & { readonly status: 'waiting' }
export type RunningRun = RunBase & {
  readonly status: 'running'
  readonly startedAt: Date
  /** The last sign of life of the process that executes it. */
  readonly beatAt: Date
  /** How the target finds it again. */
  readonly mark: Facts
  /** Somebody wants it to stop. */
  readonly cancelAskedAt?: Date
}
export type DoneRun = RunBase & {
  readonly status: 'done'
  readonly startedAt: Date
  readonly endedAt: Date
  readonly summary: string
  readonly rows: number | null
  readonly output: OutputFacts | null
}
/** `failed`, `lapsed` and `cancelled`: it changed nothing. `outcome_unknown`: it began, and nobody can say what it did. */
export type UndoneRun = RunBase & {
  readonly status: 'failed' | 'outcome_unknown' | 'lapsed' | 'cancelled'
  /** Null: it never began. */
  readonly startedAt: Date | null
  readonly endedAt: Date
  readonly failure: RunFailure
  readonly mark: Facts | null
}

/** One execution of one approved action. */
export type Run = WaitingRun | RunningRun | DoneRun | UndoneRun

/** Whether it has reached its end, so that no process executes it. */
export function isOver(run: Run): run is DoneRun | UndoneRun {
  return run.status !== 'waiting' && run.status !== 'running'
}

/** Whether its requester can see its output at `now`. */
export function isOutputKept(run: Run | null, now: Date): run is DoneRun {
  const keptUntil = run?.status === 'done' ? (run.output?.keptUntil ?? null) : null
  return keptUntil !== null && now < keptUntil
}

/** What would change, as the target said before anybody approved. */
export interface StoredPreview {
  readonly requestId: string
  readonly at: Date
  readonly rows: number
  readonly before: RunOutput | null
  readonly after: RunOutput | null
}
/** It cannot be run like this, so nobody was asked to approve it. */
export interface FailedPreview {
  readonly requestId: string
  readonly at: Date
  readonly failure: RunFailure
}
export type Preview = StoredPreview | FailedPreview
