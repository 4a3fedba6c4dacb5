import type { Clock } from '../domain/ports.ts'
import type { Database } from './database.ts'

export interface DatabaseClock extends Clock {
  /** Measures anew. Rejects, and keeps what it had, when Postgres does not answer. */
  resync(): Promise<void>
}

/**
 * The database's clock, read without asking it each time: measured once as its distance from this process's monotonic clock,
 * so that a machine whose wall clock is wrong, or is set while we run, means nothing.
 *
 * Accuracy: half the quickest of three round trips (well under a millisecond on one machine, a few in one data centre), plus
 * what the two clocks drift apart until the next `resync`: at most 0.5 ms a second between machines that keep time, and the
 * whole pause when the machine was suspended. `resync` may set it back by as much.
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

/** Milliseconds to add to `performance.now()`, from the round trip that leaves the least doubt. */
async function measure({ sql }: Database): Promise<number> {
  let best = { trip: Number.POSITIVE_INFINITY, offset: 0 }
  for (let round = 0; round < 3; round++) {
    const before = performance.now()
    const [row] = await sql<{ ms: number }[]>`
      select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`
    const after = performance.now()
    if (!row) throw new Error('Postgres did not say what time it is')
    if (after - before < best.trip) best = { trip: after - before, offset: row.ms - (before + after) / 2 }
  }
  return best.offset
}
