import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import type { Session } from './target.ts'

/** Milliseconds. */
const patience = 8_000
const pollEvery = 25

/**
 * Ends every session that was opened as this role, whatever it does or became since (`set role`, idle in transaction),
 * until none is left. Resolves with how many were seen. Throws `still_present` when some will not go.
 */
export async function endSessions(session: Session, role: { oid: number; name: string }): Promise<number> {
  const seen = new Set<number>()
  const giveUpAt = Date.now() + patience
  for (;;) {
    // `usesysid` is who logged in, so `set role` hides nothing; a role dropped meanwhile keeps its number there.
    const left = await session.query<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity where usesysid = $1 and pid <> pg_backend_pid()`,
      [role.oid],
    )
    if (left.length === 0) return seen.size
    for (const { pid } of left) seen.add(pid)
    if (Date.now() > giveUpAt) throw stubborn(role.name, left)
    await pause(pollEvery)
  }
}

function stubborn(role: string, left: readonly { pid: number }[]): ConnectorError {
  const pids = left.map(({ pid }) => pid).join(', ')
  return new ConnectorError(
    'still_present',
    `${left.length} sessions of ${role} were told to end and have not (process ${pids}). They can log in no more; somebody with a shell on the server can end them`,
    { retryable: true },
  )
}
