import { sqlStateOf } from './errors.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import type { Operation, Session } from './target.ts'

/**
 * Rolls back every transaction that the role has prepared, in whichever database of the server: they hold their locks
 * though no session is left. Resolves with how many there were.
 */
export async function rollBackAllPrepared(operation: Operation, role: { name: string }): Promise<number> {
  const prepared = await operation.session((session) =>
    session.query<Prepared>(
      'select gid, database, database = current_database() as here from pg_prepared_xacts where owner = $1',
      [role.name],
    ),
  )
  for (const { gid, database, here } of prepared) {
    const rollBack = (session: Session) => rollBackOne(session, role.name, gid)
    // `rollback prepared` works in the transaction's own database only.
    await (here ? operation.session(rollBack) : operation.inDatabase(database, rollBack))
  }
  return prepared.length
}

interface Prepared {
  readonly gid: string
  readonly database: string
  readonly here: boolean
}

/** Only their owner may roll them back, so the admin acts as the owner. Not possible inside a transaction. */
async function rollBackOne(session: Session, role: string, gid: string): Promise<void> {
  await session.query(`set role ${quoteIdentifier(role)}`)
  try {
    await session.query(`rollback prepared ${quoteLiteral(gid)}`)
  } catch (error) {
    // Another session has ended it meanwhile.
    if (sqlStateOf(error) !== '42704') throw error
  }
  await session.query('reset role')
}
