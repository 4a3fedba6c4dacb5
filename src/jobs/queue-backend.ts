import type { BulkJobOptions } from 'bullmq'

/** Where delayed jobs are stored. */
export type QueueBackend =
  /** `url` as in `parseRedisUrl`: single, Sentinel or Cluster. `prefix` of all keys; default `daypass`. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  /** The tables are in a schema of their own; default `daypass_queue`. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }

/** All that a job carries. `dueAt` is an ISO instant. */
export interface DelayedJobData {
  readonly dueAt: string
}

/** The parts of BullMQ's job, queue and worker that are used. The types of its classes differ between backends. */
export interface DelayedJob {
  readonly name: string
  readonly data: DelayedJobData
  moveToDelayed(timestamp: number, token?: string): Promise<void>
}
export interface DelayedJobQueue {
  addBulk(jobs: { name: string; data: DelayedJobData; opts: BulkJobOptions }[]): Promise<unknown>
  /** Undefined when there is no job of that id. */
  getJob(id: string): Promise<unknown>
  remove(id: string): Promise<number>
  close(): Promise<void>
}
export interface DelayedJobWorker {
  /** Waits for running jobs; for ever, while Redis is down. */
  close(): Promise<void>
}

/** Processes a job. `token` proves that the worker holds it. */
export type DelayedJobProcessor = (job: DelayedJob, token?: string) => Promise<void>

export interface DelayedJobWorkerOptions {
  readonly concurrency: number
}

/** An open backend: makes queues and workers, and disconnects all of them. */
export interface OpenBackend {
  /**
   * A queue that fails fast. Rejects when the backend cannot be reached; may be tried again. `onError` receives errors
   * in the background; without a listener an error would end the process.
   */
  queue(name: string, onError: (error: Error) => void): Promise<DelayedJobQueue>
  /** A worker that takes jobs from now on. With Redis down it resolves once Redis is back. */
  worker(
    name: string,
    process: DelayedJobProcessor,
    options: DelayedJobWorkerOptions,
    onError: (error: Error) => void,
  ): Promise<DelayedJobWorker>
  /** Ends every connection without waiting, because `close` of a queue or worker hangs while Redis is down. */
  cut(): Promise<void>
}

/**
 * Measured: the job of a killed worker runs again after 9 s with these settings, and after 59 to 89 s with the
 * defaults. `maxStalledCount` is 1 by default; after that BullMQ drops the job:
 * https://docs.bullmq.io/guide/workers/stalled-jobs
 */
export const workerSettings = {
  autorun: false,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 20,
  /** The default is 15 s. After a lost connection, due jobs would wait that long. */
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} as const
