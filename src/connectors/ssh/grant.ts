import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import type { Answer, Line } from './host.ts'
import { leaseName } from './names.ts'
import type { SshEntitlement } from './schema.ts'
import { sudoRules } from './sudo-rules.ts'
import type { HostAnswer, Target } from './target.ts'

type Order = AccessOrder<SshEntitlement>

/** Makes the lease on every host, or brings it to what `order` says; a certificate that was issued stays. Then reads it back. */
export async function grantAccess(target: Target, order: Order): Promise<Evidence> {
  const name = leaseName(target.resourceId, order.grantId)
  requireNamed(target, order)
  const answers = await target.askAll('grant', linesOf(target, order, name))
  for (const each of answers) requireWhole(each, order, name)
  const account = order.content.account ?? name
  const rights = sudoRules(order.content).length
  const on = answers.map(({ host }) => host.label)
  const groups = order.content.groups
  return {
    readAt: latestOf(answers),
    summary: `Certificates of the lease ${name} log in as ${account} on ${on.join(', ')}${
      groups.length > 0 ? `, in the groups ${groups.join(', ')}` : ''
    }${rights > 0 ? `, with ${rights} rights by sudo` : ''}.`.slice(0, 500),
    facts: {
      principal: name,
      account,
      hosts: on,
      groups,
      sudo: order.content.sudo.flatMap(({ as, run }) => run.map((line) => `(${as}) ${line}`)),
      command: order.content.command ?? null,
    },
  }
}

/** People were told what may outlive a lease only where the resource names the account. */
function requireNamed(
  { resourceId, settings }: Target,
  { entitlementId, content: { account } }: Order,
): void {
  if (account === undefined || settings.accounts.includes(account)) return
  const message = `${resourceId}: ${entitlementId} gives the account ${account}, which is not under \`accounts\` of the resource. Add it there, or correct the entitlement.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function linesOf({ resourceId }: Target, { content, until }: Order, name: string): Line[] {
  return [
    ['name', name],
    ['resource', resourceId],
    ['until', secondOf(until)],
    ...(content.account === undefined ? [] : [['account', content.account] as const]),
    ['shell', content.shell],
    ...(content.record ? [['record', 'yes'] as const] : []),
    ...content.groups.map((group) => ['group', group] as const),
    ...sudoRules(content).map((rule) => ['sudo', rule] as const),
  ]
}

/** The last whole second of the lease: hosts count in these. */
export function secondOf(until: Date): number {
  return Math.floor(until.getTime() / 1000)
}

function requireWhole({ host, answer }: HostAnswer, { content, until }: Order, name: string): void {
  const isOwn = content.account === undefined
  const isWhole =
    answer.one('account') === (content.account ?? name) &&
    answer.one('until') === String(secondOf(until)) &&
    Number(answer.one('rules') ?? 0) === sudoRules(content).length &&
    (answer.one('record') === 'yes') === (content.record ?? false) &&
    (!isOwn || (answer.one('shell') === content.shell && isSame(groupsOf(answer), content.groups)))
  if (isWhole) return
  const message = `${name} on ${host.label} was changed by somebody while it was made`
  throw new ConnectorError('conflict', message, { retryable: true })
}

function groupsOf(answer: Answer): string[] {
  return (answer.one('groups') ?? '').split(' ').filter((group) => group !== '')
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...new Set(one)].sort()) === JSON.stringify([...new Set(other)].sort())
}

/** The time of the last read-back, by the clock of its host. */
export function latestOf(answers: readonly HostAnswer[]): Date {
  return new Date(Math.max(...answers.map(({ answer }) => answer.readAt.getTime())))
}
