import { randomBytes } from 'node:crypto'
import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { checkAccounts } from './accounts/check.ts'
import { codes, hasCode } from './errors.ts'
import { type Flavour, flavourOf } from './flavour.ts'
import { personAttributes } from './people.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, LdapEntry, Target } from './target.ts'

/** Whether everything that the catalog offers here could be granted and taken away now. */
export function checkDirectory(
  target: Target,
  offers: ReadonlyMap<string, LdapEntitlement>,
): Promise<Diagnosis> {
  return target.operation(async (ldap) => {
    const { settings } = target
    const wrongKind = await kindProblems(target, ldap)
    if (wrongKind.length > 0) return { ok: false, problems: wrongKind }
    const flavour = flavourOf(target)
    const problems: Problem[] = []
    if (!(await ldap.read(settings.base, ['1.1'])))
      problems.push({
        what: `there is no ${settings.base}, or Daypass may not see it`,
        remedy: 'Correct `base` in the catalog, or give the account of Daypass the right to read it.',
      })
    else if (settings.accounts) problems.push(...(await checkAccounts(target, ldap, settings.accounts)))
    else problems.push(...(await peopleProblems(target, ldap, flavour)))
    for (const [id, content] of offers)
      problems.push(...(await groupProblems(target, ldap, flavour, id, content)))
    if (problems.length > 0) return { ok: false, problems }
    const gives = settings.accounts ? 'entries of leases' : 'memberships'
    const summary = `The directory answers ${settings.user}; ${offers.size} entitlements can be granted, as ${gives}.`
    return { ok: true, summary }
  })
}

/** https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/3ed61e6c-cfdc-487d-9f02-5a3397be3772 */
const activeDirectory = '1.2.840.113556.1.4.800'

async function kindProblems({ settings }: Target, ldap: Ldap): Promise<Problem[]> {
  const root = await ldap.read('', ['supportedCapabilities', 'currentTime'])
  const isActiveDirectory = root?.text('supportedCapabilities').includes(activeDirectory) === true
  if (isActiveDirectory !== (settings.directory === 'active-directory')) {
    const is = isActiveDirectory ? 'active-directory' : 'openldap'
    return [{ what: `the directory is not ${settings.directory}`, remedy: `Write \`directory: ${is}\`.` }]
  }
  return clockProblems(root?.text('currentTime')[0])
}

/** `20261130071822.0Z` */
function clockProblems(time: string | undefined): Problem[] {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(time ?? '')
  if (!parts) return []
  const [year = 0, month = 0, ...rest] = parts.slice(1).map(Number)
  const apart = Math.abs(Date.UTC(year, month - 1, ...rest) - Date.now()) / 1_000
  if (apart < 300) return []
  const what = `the clocks of the directory and of Daypass are ${Math.round(apart)} seconds apart`
  return [{ what, remedy: 'Let both follow the same time server: leases would end at another time there.' }]
}

async function peopleProblems({ settings }: Target, ldap: Ldap, flavour: Flavour): Promise<Problem[]> {
  const below = settings.people ?? settings.base
  const login = settings.login ?? flavour.login
  const wanted = login === 'dn' ? flavour.isPerson : { all: [flavour.isPerson, { present: login }] }
  const found = await ldap.find(below, wanted, personAttributes(flavour), 1).catch(noneIfAbsent)
  const [person] = found
  if (!person) {
    const what = `below ${below} Daypass sees nobody with ${login === 'dn' ? 'the class person' : `the attribute ${login}`}`
    return [
      {
        what,
        remedy:
          'Correct `people` or `login` in the catalog, or give the account of Daypass the right to read people.',
      },
    ]
  }
  return flavour.idOf(person) === null ? [hiddenId(flavour, person)] : []
}

async function groupProblems(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  id: string,
  { group: dn, attribute }: LdapEntitlement,
): Promise<Problem[]> {
  const { settings } = target
  if (dn === undefined)
    return settings.accounts
      ? []
      : [
          {
            what: `${id} names no group`,
            remedy: 'Write `group` in the catalog, or `accounts` in the settings.',
          },
        ]
  const group = await ldap
    .read(dn, [flavour.id, 'objectClass', 'allowedAttributesEffective'])
    .catch((error) => {
      if (hasCode(error, 34)) return null
      throw error
    })
  if (!group)
    return [
      {
        what: `${id}: there is no group ${dn}, or Daypass may not see it`,
        remedy: 'Correct `group` in the catalog, or give the account of Daypass the right to read it.',
      },
    ]
  return [
    ...(flavour.idOf(group) === null ? [hiddenId(flavour, group)] : []),
    ...classProblems(target, id, attribute, group),
    ...(await rightProblems(target, ldap, flavour, attribute, group)),
  ]
}

/** Classes whose groups may not be empty: https://www.rfc-editor.org/rfc/rfc4519#section-3.5 */
const neverEmpty: Readonly<Record<string, LdapEntitlement['attribute']>> = {
  groupofnames: 'member',
  groupofuniquenames: 'uniqueMember',
}

function classProblems(
  { settings }: Target,
  id: string,
  attribute: LdapEntitlement['attribute'],
  group: LdapEntry,
): Problem[] {
  const classes = group.text('objectClass').map((name) => name.toLowerCase())
  const needed = classes.map((name) => neverEmpty[name]).find((name) => name !== undefined)
  const isUnix = classes.includes('posixgroup') && needed === undefined
  const right = needed ?? (isUnix ? 'memberUid' : null)
  if (isUnix ? attribute === 'uniqueMember' : right !== null && right !== attribute)
    return [
      {
        what: `${id}: ${group.dn} does not list members in ${attribute}`,
        remedy: `Write \`attribute: ${right}\`.`,
      },
    ]
  if (needed === undefined || settings.placeholder !== undefined) return []
  const what = `${id}: ${group.dn} may not be empty, so its last member could not be taken out`
  const remedy =
    'Write `placeholder`: a DN of nobody, such as cn=nobody and the DN in `base`. It needs no entry.'
  return [{ what, remedy }]
}

/** To take out somebody who does not exist changes nothing, and needs the right to change members. */
async function rightProblems(
  { settings }: Target,
  ldap: Ldap,
  flavour: Flavour,
  attribute: LdapEntitlement['attribute'],
  group: LdapEntry,
): Promise<Problem[]> {
  const problem = (right: string) => ({
    what: `Daypass may not ${right} ${attribute} of ${group.dn}`,
    remedy: `Give ${settings.user} the right to. The page of the connector has the commands.`,
  })
  if (!flavour.membersAreNames) {
    const allowed = group.text('allowedAttributesEffective').map((name) => name.toLowerCase())
    return allowed.includes(attribute.toLowerCase()) ? [] : [problem('change')]
  }
  const name = `daypass-check-${randomBytes(8).toString('hex')}`
  const nobody = attribute === 'memberUid' ? name : `cn=${name},${settings.base}`
  const removal = { operation: 'delete', attribute, values: [nobody] } as const
  const mayChange = await ldap.modify(group.dn, [removal]).then(() => true, isPermitted)
  const mayCompare = await ldap.compare(group.dn, attribute, nobody).then(() => true, isPermitted)
  return [...(mayChange ? [] : [problem('change')]), ...(mayCompare ? [] : [problem('compare')])]
}

function isPermitted(error: unknown): boolean {
  if (hasCode(error, codes.insufficientAccess)) return false
  if (hasCode(error, codes.noSuchAttribute, codes.objectClassViolation)) return true
  throw error
}

function hiddenId({ id }: Flavour, { dn }: LdapEntry): Problem {
  const what = `Daypass may not read ${id} of ${dn}`
  return {
    what,
    remedy: `Give the account of Daypass the right to read ${id}: it finds entries by it after a rename.`,
  }
}

function noneIfAbsent(error: unknown): LdapEntry[] {
  if (hasCode(error, codes.noSuchObject)) return []
  throw error
}
