import { ConnectorError, type Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { diagnosed } from '../_shared/diagnose.ts'
import { runProblems } from './actions/check.ts'
import type { SshAction } from './actions/schema.ts'
import type { Answer, Host, Line } from './host.ts'
import { type OwnAuthority, readAuthority } from './keys.ts'
import type { SshEntitlement } from './schema.ts'
import type { Target } from './target.ts'

/** Certificates are valid by the clock of the host. */
const mostSkewSeconds = 30

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkTarget(
  target: Target,
  offers: ReadonlyMap<string, SshEntitlement>,
  actions: ReadonlyMap<string, SshAction>,
): Promise<Diagnosis> {
  const ofCatalog = [...catalogProblems(target, offers), ...(await runProblems(target, actions))]
  const authority = await readAuthority(target.settings, target.resourceId).catch((error: unknown) => {
    if (error instanceof ConnectorError) return error
    throw error
  })
  if (authority instanceof ConnectorError) {
    return diagnosed(() => Promise.reject(authority))
  }
  const found = await Promise.all(target.hosts.map((host) => hostProblems(host, authority, offers)))
  const problems = [...ofCatalog, ...found.flat()]
  const summary = `${target.hosts.map(({ label }) => label).join(', ')}, as ${target.settings.user}; ${offers.size} entitlements can be granted.`
  return problems.length === 0 ? { ok: true, summary } : { ok: false, problems }
}

function catalogProblems({ settings }: Target, offers: ReadonlyMap<string, SshEntitlement>): Problem[] {
  return [...offers].flatMap(([id, { account }]) =>
    account === undefined || settings.accounts.includes(account)
      ? []
      : [
          {
            what: `${id}: the account ${account} is not under \`accounts\` of the resource`,
            remedy: `Add ${account} to \`accounts\`: then people read what may outlive a lease there. Or leave \`account\` out.`,
          },
        ],
  )
}

async function hostProblems(
  host: Host,
  authority: OwnAuthority,
  offers: ReadonlyMap<string, SshEntitlement>,
): Promise<Problem[]> {
  const asked = Date.now()
  const found = await diagnosed(async () => {
    const answer = await host.ask('check', [['authority', authority.line], ...needsOf(offers)])
    const problems = [...clockProblems(answer, asked), ...answer.all('problem').map(problemOf)]
    return problems.length === 0 ? { ok: true, summary: '' } : { ok: false, problems }
  })
  return found.ok ? [] : found.problems.map((each) => ({ ...each, what: named(host, each.what) }))
}

/** Errors name the host already. */
function named({ label }: Host, what: string): string {
  return what.includes(`${label}:`) ? what : `${label}: ${what}`
}

function needsOf(offers: ReadonlyMap<string, SshEntitlement>): Line[] {
  const needs = [...offers.values()].flatMap(({ account, groups, shell, command, sudo, record }) => [
    ...(account === undefined ? [`program ${shell}`] : [`account ${account}`]),
    ...groups.map((group) => `group ${group}`),
    ...(command?.startsWith('/') ? [`program ${command.split(' ')[0]}`] : []),
    ...(sudo.length > 0 || record ? ['sudo'] : []),
    ...(record ? ['record'] : []),
  ])
  return [...new Set(needs)].map((need) => ['needs', need] as const)
}

function clockProblems(answer: Answer, asked: number): Problem[] {
  const skew = Math.round(Math.abs(answer.readAt.getTime() - (asked + Date.now()) / 2) / 1000)
  if (skew <= mostSkewSeconds) return []
  return [
    {
      what: `the clock of the host differs by ${skew} seconds from that of Daypass`,
      remedy: 'Let both follow NTP: certificates are valid by the clock of the host.',
    },
  ]
}

function problemOf(line: string): Problem {
  const [what = '', remedy = ''] = line.split('\t')
  return { what, remedy }
}
