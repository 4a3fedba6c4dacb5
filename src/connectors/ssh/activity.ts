import type { ActivityLook, OpenSession, Operation } from '../../domain/activity.ts'
import { ConnectorError } from '../../domain/connector.ts'
import { latestOf } from './grant.ts'
import { leaseName } from './names.ts'
import type { SshEntitlement } from './schema.ts'
import type { HostAnswer, Target } from './target.ts'

interface Login extends OpenSession {
  readonly lease: string
  readonly openedAt: Date
  readonly isOpen: boolean
}

interface Program {
  readonly lease: string
  readonly host: string
  readonly path: string
  readonly count: number
  readonly lastAt: Date
}

/** By the logins that the helper on each host notes, and the programs of leases that record them. */
export async function readActivity(
  target: Target,
  orders: readonly { readonly grantId: string; readonly content: SshEntitlement | null }[],
): Promise<ActivityLook[]> {
  const answers = await askAll(target)
  const logins = (answers ?? []).flatMap(loginsOn)
  const programs = (answers ?? []).flatMap(programsOn)
  const at = answers ? latestOf(answers) : new Date()
  return orders.map(({ grantId, content }): ActivityLook => {
    const name = leaseName(target.resourceId, grantId)
    const own = logins.filter(({ lease }) => lease === name)
    const ran = programs.filter(({ lease }) => lease === name)
    const isRecorded = content?.record === true
    return {
      at,
      unit: isRecorded ? 'command' : 'session',
      lastUsedAt: own.some(({ isOpen }) => isOpen)
        ? at
        : newest([...own.map(({ openedAt }) => openedAt), ...ran.map(({ lastAt }) => lastAt)]),
      sessions: own.map(({ id, address, openedAt }) => ({ id, address, openedAt })),
      operations: together(ran),
      isCounted: answers !== null,
      refused: 0,
      limits: [answers === null ? oldHelper : isRecorded ? onlyPrograms : onlyLogins],
    }
  })
}

const onlyLogins =
  'Logins are seen, and neither commands nor addresses. The log of sshd on the host has the address of each login.'
const onlyPrograms =
  'Programs are counted without their arguments. Not seen: what a shell or a program does by itself, and jobs of cron and at.'
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

/** A line is `LEASE NUMBER INSTANT PROGRAM`. */
function programsOn({ host, answer }: HostAnswer): Program[] {
  return answer.all('ran').flatMap((line) => {
    const [lease, count, seconds, path] = line.split(' ')
    if (
      lease === undefined ||
      path === undefined ||
      !/^\d{1,12}$/.test(`${count}`) ||
      !/^\d{1,12}$/.test(`${seconds}`)
    )
      return []
    return [{ lease, host: host.label, path, count: Number(count), lastAt: new Date(Number(seconds) * 1000) }]
  })
}

/** Those of all hosts. */
function together(programs: readonly Program[]): Operation[] {
  const found = new Map<string, Operation>()
  for (const { path, count, host } of programs) {
    const known = found.get(path)
    const objects = [...new Set([...(known?.objects ?? []), host])]
    found.set(path, { text: path, kind: 'other', objects, count: count + (known?.count ?? 0), rows: null })
  }
  return [...found.values()]
}

function newest(instants: readonly Date[]): Date | null {
  return instants.reduce<Date | null>((last, at) => (last === null || at > last ? at : last), null)
}
