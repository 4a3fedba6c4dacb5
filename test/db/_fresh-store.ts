import { type Database, openDatabase } from '../../src/db/database.ts'
import { createStore } from '../../src/db/store.ts'
import type { Store } from '../../src/domain/store.ts'
import { freshDatabase } from '../_database.ts'

/** A store on a new, migrated database. `close` drops the database. */
export async function openFreshStore(): Promise<{
  readonly database: Database
  /** As the owner of the tables, and superuser. */
  readonly owner: Database
  readonly store: Store
  close(): Promise<void>
}> {
  const fresh = await freshDatabase()
  const database = openDatabase(fresh.url)
  const owner = openDatabase(fresh.ownerUrl, { poolSize: 2 })
  return {
    database,
    owner,
    store: createStore(database),
    async close() {
      await Promise.all([database.close(), owner.close()])
      await fresh.drop()
    },
  }
}
