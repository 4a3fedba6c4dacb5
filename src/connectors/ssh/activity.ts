import type { ActivityLook, OpenSession } from '../../domain/activity.ts'
import { ConnectorError } from '../../domain/connector.ts'
import { latestOf } from './grant.ts'
import { leaseName } from './names.ts'
import type { HostAnswer, Target } from './target.ts'

interface Login extends OpenSession {
  readonly lease: string
  readonly openedAt: Date
  readonly isOpen: boolean
}

/** By the logins that the helper on each host notes. What happens within a session is not seen. */
export async function readActivity(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<ActivityLook[]> {
  const answers = await askAll(target)
  const logins = (answers ?? []).flatMap(loginsOn)
  const at = answers ? latestOf(answers) : new Date()
  return orders.map(({ grantId }): ActivityLook => {
    const own = logins.filter(({ lease }) => lease === leaseName(target.resourceId, grantId))
    return {
      at,
      unit: 'session',
      lastUsedAt: own.some(({ isOpen }) => isOpen) ? at : newest(own),
      sessions: own.map(({ id, address, openedAt }) => ({ id, address, openedAt })),
      operations: [],
      isCounted: answers !== null,
      refused: 0,
      limits: [answers ? onlyLogins : oldHelper],
    }
  })
}

const onlyLogins =
  'Logins are seen, and neither commands nor addresses. The log of sshd on the host has the address of each login.'
const oldHelper =
  'The helper on a host is of an earlier version, which does not tell logins. Install the one of this version.'

/** Null: a host has a helper that does not know the question. */
async function askAll(target: Target): Promise<HostAnswer[] | null> {
  try {
    return await target.askAll('use', [])
  } catch (error) {
    if (error instanceof ConnectorError && error.message.includes('refuses the request (request)'))
      return null
    throw error
  }
}

/** A line is `LEASE CONNECTION INSTANT open|closed`. */
function loginsOn({ host, answer }: HostAnswer): Login[] {
  return answer.all('login').flatMap((line) => {
    const [lease, connection, seconds, state] = line.split(' ')
    if (lease === undefined || connection === undefined || !/^\d{1,12}$/.test(seconds ?? '')) return []
    const openedAt = new Date(Number(seconds) * 1000)
    return [{ lease, id: `${host.label} ${connection}`, address: null, openedAt, isOpen: state === 'open' }]
  })
}

function newest(logins: readonly Login[]): Date | null {
  return logins.reduce<Date | null>(
    (last, { openedAt }) => (last === null || openedAt > last ? openedAt : last),
    null,
  )
}
