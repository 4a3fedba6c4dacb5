import type { Clock } from '../domain/ports.ts'
import type { Database } from './database.ts'

export interface DatabaseClock extends Clock {
  /** Measures the offset again. Rejects, and keeps the old offset, when Postgres does not answer. */
  resync(): Promise<void>
}

/**
 * The database's clock, without a query each time: the offset from this process's monotonic clock is measured once. The wall
 * clock of the machine is not used, so it may be wrong or change.
 *
 * Error: half the fastest of three round trips (below 1 ms on one machine, a few ms in one data centre), plus the drift until
 * the next `resync`. Drift: at most 0.5 ms a second between synchronised machines, and the whole pause after a suspend.
 * `resync` may set the clock back by the same amount.
 */
export async function createDatabaseClock(database: Database): Promise<DatabaseClock> {
  let offset = await measure(database)
  return {
    now: () => new Date(Math.floor(performance.now() + offset)),
    resync: async () => {
      offset = await measure(database)
    },
  }
}

/** Milliseconds to add to `performance.now()`, from the fastest of three round trips. */
async function measure({ sql }: Database): Promise<number> {
  let best = { trip: Number.POSITIVE_INFINITY, offset: 0 }
  for (let round = 0; round < 3; round++) {
    const before = performance.now()
    const [row] = await sql<{ ms: number }[]>`
      select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`
    const after = performance.now()
    if (!row) throw new Error('Postgres did not return its time')
    if (after - before < best.trip) best = { trip: after - before, offset: row.ms - (before + after) / 2 }
  }
  return best.offset
}
