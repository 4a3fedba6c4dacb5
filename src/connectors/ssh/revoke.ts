import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { latestOf } from './grant.ts'
import { leaseName } from './names.ts'
import type { SshEntitlement } from './schema.ts'
import type { HostAnswer, Target } from './target.ts'

/** Ends the lease on every host, its sessions and processes included, and reads back that nothing of it is left. */
export async function revokeAccess(
  target: Target,
  order: AccessOrder<SshEntitlement | null>,
): Promise<Evidence> {
  const name = leaseName(target.resourceId, order.grantId)
  const answers = await target.askAll('end', [['name', name]])
  for (const each of answers) requireGone(each, name)
  const on = answers.map(({ host }) => host.label)
  const homes = answers.filter(({ answer }) => answer.one('home') !== null).map(({ host }) => host.label)
  const left = answers.flatMap(leftIn)
  const account = order.content?.account
  return {
    readAt: latestOf(answers),
    summary:
      `No certificate of the lease ${name} logs in on ${on.join(', ')}, and no process of its own runs there.`.slice(
        0,
        500,
      ),
    facts: {
      principal: name,
      account: account ?? name,
      hosts: on,
      exists: false,
      processes: 0,
      revokedCertificates: Math.max(...answers.map(({ answer }) => Number(answer.one('revoked') ?? 0))),
      ...(homes.length > 0 ? { homeIsBeingDeletedOn: homes } : {}),
    },
    ...(left.length > 0 && account !== undefined ? { remains: remainsIn(account, left) } : {}),
  }
}

/** The helper says it after it has read back. */
function requireGone({ host, answer }: HostAnswer, name: string): void {
  if (answer.one('gone') === name) return
  const message = `${host.label}: the helper does not say that ${name} is gone. Install the one of this version.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

/** What the host found in an account that others use too. */
function leftIn({ host, answer }: HostAnswer): string[] {
  const changed = answer.all('changed').map((what) => `${what} was changed`)
  const running = answer.all('running').map((process) => {
    const [pid, ...name] = process.split(' ')
    return `process ${pid} (${name.join(' ')}) runs`
  })
  return [...changed, ...running].map((each) => `${each} on ${host.label}`)
}

function remainsIn(account: string, left: readonly string[]): string {
  const shown = left.slice(0, 8).join('; ')
  const more = left.length > 8 ? `, and ${left.length - 8} more` : ''
  return `Since the lease began, in the account ${account}: ${shown}${more}. The holder or somebody else may have done it, and it was left alone.`
}
