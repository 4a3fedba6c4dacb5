import type { BulkJobOptions } from 'bullmq'

/** Where delayed jobs are stored. */
export type QueueBackend =
  /** `url` as in `parseRedisUrl`: single, Sentinel or Cluster. `prefix` of all keys, `daypass` unless told. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  /** The tables stand in a schema of their own, `daypass_queue` unless told. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }

/** All that a job carries. `dueAt` is an ISO instant. */
export interface DelayedJobData {
  readonly entryId: string
  readonly dueAt: string
}

/** The parts of BullMQ's job, queue and worker in use: its classes differ in type from backend to backend. */
export interface DelayedJob {
  readonly name: string
  readonly data: DelayedJobData
  moveToDelayed(timestamp: number, token?: string): Promise<void>
}
export interface DelayedJobQueue {
  addBulk(jobs: { name: string; data: DelayedJobData; opts: BulkJobOptions }[]): Promise<unknown>
  /** Undefined when there is none of that id, or no longer. */
  getJob(id: string): Promise<unknown>
  remove(id: string): Promise<number>
  close(): Promise<void>
}
export interface DelayedJobWorker {
  /** Waits for the jobs in hand; for ever, while Redis is down. */
  close(): Promise<void>
}

/** What does a worker's job. `token` proves that it holds the job. */
export type DelayedJobProcessor = (job: DelayedJob, token?: string) => Promise<void>

export interface DelayedJobWorkerOptions {
  readonly concurrency: number
}

/** A backend as it is used: makes queues and workers, and lets go of everything at once. */
export interface OpenBackend {
  /**
   * A queue that fails fast. Rejects when the backend cannot be reached; may be tried again.
   * `onError` hears what goes wrong in the background; without a listener an error would end the process.
   */
  queue(name: string, onError: (error: Error) => void): Promise<DelayedJobQueue>
  /** A worker that takes jobs from now on. With Redis down it resolves once Redis is back. */
  worker(
    name: string,
    process: DelayedJobProcessor,
    options: DelayedJobWorkerOptions,
    onError: (error: Error) => void,
  ): Promise<DelayedJobWorker>
  /** Cuts every connection, waiting for nothing: `close` of a queue or worker hangs while Redis is down. */
  cut(): Promise<void>
}

/**
 * Measured: a worker killed while holding a job has it run again after 9 s with these, after 59 to 89 s with
 * the defaults. `maxStalledCount` defaults to 1, after which a job is dropped for good.
 */
export const workerSettings = {
  autorun: false,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 20,
  /** Default 15 s: jobs that came due while the connection was away would wait as long. */
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} as const
