import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { rulesOf } from './acl.ts'
import type { RedisEntitlement } from './schema.ts'
import type { Target } from './target.ts'

/** No rule of Redis begins so. `ACL SETUSER` changes nothing where one rule is wrong, so this makes it a question. */
const noRule = '%%%'
const nobody = 'daypass:check'

/** Harmless uses of each right that Daypass needs. A right that is there answers, if only with another error. */
const rights: Readonly<Record<string, readonly string[]>> = {
  'acl|setuser': ['ACL', 'SETUSER', nobody, noRule],
  'acl|getuser': ['ACL', 'GETUSER', nobody],
  'acl|deluser': ['ACL', 'DELUSER', nobody],
  'acl|users': ['ACL', 'USERS'],
  'acl|save': ['ACL', 'SAVE'],
  'client|list': ['CLIENT', 'LIST', 'ID', '1'],
  'client|kill': ['CLIENT', 'KILL', 'ID', '9223372036854775807'],
  info: ['INFO', 'server'],
  time: ['TIME'],
}

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkTarget(
  target: Target,
  offers: ReadonlyMap<string, RedisEntitlement>,
): Promise<Diagnosis> {
  const entitlements = [...offers]
  const answers = await target.ask([
    ...Object.values(rights),
    ...entitlements.map(([, content]) => ['ACL', 'SETUSER', nobody, ...rulesOf(content), noRule]),
  ])
  const lacking = Object.keys(rights).filter((_, index) => isDenied(answers[index]))
  const version = versionOf(answers[Object.keys(rights).indexOf('info')])
  const problems: Problem[] = [
    ...lackingProblems(target, lacking),
    ...(version !== null && Number.parseInt(version, 10) < 7
      ? [{ what: `Redis is ${version}`, remedy: 'Use Redis 7.0 or later.' }]
      : []),
    ...saveProblems(answers[Object.keys(rights).indexOf('acl|save')]),
    ...entitlements.flatMap(([id], index) => unknownRule(id, answers[Object.keys(rights).length + index])),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const kept = isWithoutFile(answers[Object.keys(rights).indexOf('acl|save')])
    ? '; it has no ACL file, so a restart ends all leases'
    : ''
  const summary = `Redis ${version ?? ''}, as ${target.address.user}; ${offers.size} entitlements can be granted${kept}.`
  return { ok: true, summary }
}

function lackingProblems({ address }: Target, lacking: readonly string[]): Problem[] {
  if (lacking.length === 0) return []
  return [
    {
      what: `${address.user} may not run ${lacking.join(', ')}`,
      remedy: `As an administrator: ACL SETUSER ${address.user} ${lacking.map((right) => `+${right}`).join(' ')}, then ACL SAVE.`,
    },
  ]
}

function isDenied(answer: unknown): boolean {
  return answer instanceof Error && answer.message.startsWith('NOPERM')
}

function isWithoutFile(answer: unknown): boolean {
  return answer instanceof Error && answer.message.includes('not configured to use an ACL file')
}

/** The version, as `INFO` says it; Valkey says the version of Redis whose commands it has. */
function versionOf(answer: unknown): string | null {
  return /^redis_version:(\S+)/m.exec(String(answer))?.[1] ?? null
}

function saveProblems(answer: unknown): Problem[] {
  if (!(answer instanceof Error) || isDenied(answer) || isWithoutFile(answer)) return []
  const remedy = 'Let the server write the file that `aclfile` names, and its folder. Its log has the reason.'
  return [{ what: 'the server cannot write its ACL file, so a restart would bring back users', remedy }]
}

function unknownRule(entitlementId: string, answer: unknown): Problem[] {
  const rule = answer instanceof Error ? /modifier '([^']*)'/.exec(answer.message)?.[1] : undefined
  if (rule === undefined || rule === noRule) return []
  const remedy = 'Correct the catalog; ACL CAT lists what the server knows.'
  return [{ what: `${entitlementId}: the server does not take ${rule}`, remedy }]
}
