import { createDatabaseClock, type DatabaseClock } from '../../src/db/clock.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createStore } from '../../src/db/store.ts'
import type { Effect } from '../../src/domain/effect.ts'
import type { Outbox } from '../../src/domain/outbox.ts'

/** The real outbox, and what a test wants to know of it. */
export interface StoredOutbox {
  readonly database: Database
  readonly clock: DatabaseClock
  readonly outbox: Outbox
  /** Commits effects as a use-case does, due in so many milliseconds. */
  commit(effects: readonly Effect[], inMs?: number): Promise<void>
  /** How many entries are not done. */
  open(): Promise<number>
}

export async function storedOutbox(url: string): Promise<StoredOutbox> {
  const database = openDatabase(url)
  const clock = await createDatabaseClock(database)
  const store = createStore(database)
  return {
    database,
    clock,
    outbox: createOutbox(database),
    commit: (effects, inMs = 0) =>
      store.transaction(async (tx) => {
        for (const effect of effects) await tx.outbox.add(effect, new Date(clock.now().getTime() + inMs))
      }),
    async open() {
      const [row] = await database.sql<
        { n: number }[]
      >`select count(*)::int as n from outbox where done_at is null`
      return row?.n ?? -1
    },
  }
}
