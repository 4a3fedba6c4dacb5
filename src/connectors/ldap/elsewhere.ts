import { codes, hasCode } from './errors.ts'
import type { Filter } from './filter.ts'
import type { Flavour } from './flavour.ts'
import type { Group } from './groups.ts'
import type { Person } from './people.ts'
import type { Ldap, LdapEntry, Target } from './target.ts'

/** LDAP_MATCHING_RULE_IN_CHAIN, which looks into groups within groups. */
const inChain = '1.2.840.113556.1.4.1941'

/**
 * How the person is in the group without being listed in it: by groups within it, or by its primary group. As parts of a sentence.
 * `given`: ids of groups that leases give. Null: the directory cuts the answer off, so it is not known.
 */
export async function elsewhere(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { person, group, given }: { person: Person; group: Group; given: ReadonlySet<string> },
): Promise<string[] | null> {
  try {
    const found = flavour.membersAreNames
      ? await upwards(target, ldap, flavour, person, group, given)
      : await inChainOf(target, ldap, flavour, person, group, given)
    return [...new Set(found)]
  } catch (error) {
    if (hasCode(error, codes.sizeLimitExceeded, codes.adminLimitExceeded)) return null
    throw error
  }
}

async function inChainOf(
  { settings: { base } }: Target,
  ldap: Ldap,
  flavour: Flavour,
  person: Person,
  group: Group,
  given: ReadonlySet<string>,
): Promise<string[]> {
  const isWithin: Filter = { attribute: 'memberOf', rule: inChain, value: group.dn }
  const direct = await ldap.find(base, { all: [{ attribute: 'member', is: person.dn }, isWithin] }, [
    flavour.id,
  ])
  const primary = await primaryGroup(base, ldap, flavour, person)
  const byPrimary =
    primary &&
    (flavour.idOf(primary) === group.id || (await ldap.read(primary.dn, [flavour.id], isWithin)) !== null)
  return [
    ...outside(flavour, direct, given).map(({ dn }) => `by way of ${dn}`),
    ...(byPrimary ? [`by its primary group ${primary.dn}`] : []),
  ]
}

/** The primary group does not list its members; the person has the last part of its SID. */
async function primaryGroup(
  base: string,
  ldap: Ldap,
  flavour: Flavour,
  person: Person,
): Promise<LdapEntry | null> {
  const entry = await flavour.findById(ldap, person.id, ['objectSid', 'primaryGroupID'])
  const sid = entry?.bytes('objectSid')
  const relative = Number(entry?.text('primaryGroupID')[0] ?? 0)
  if (!sid || sid.length < 12 || !relative) return null
  const whole = Buffer.from(sid)
  whole.writeUInt32LE(relative, whole.length - 4)
  return (await ldap.find(base, { attribute: 'objectSid', is: whole }, [flavour.id], 1))[0] ?? null
}

/** Groups within groups within groups: so far it is looked, for a circle has no end. */
const mostLayers = 10
const mostGroups = 1_000

/** From the person upwards, because a directory may lack the overlay that knows `memberOf`. */
async function upwards(
  { settings: { base } }: Target,
  ldap: Ldap,
  flavour: Flavour,
  person: Person,
  group: Group,
  given: ReadonlySet<string>,
): Promise<string[]> {
  const holding = (dns: readonly string[]) =>
    ldap.find(base, { any: dns.flatMap((is) => listing.map((attribute) => ({ attribute, is }))) }, [
      flavour.id,
    ])
  const first = outside(flavour, await holding([person.dn]), given).filter(
    (entry) => flavour.idOf(entry) !== group.id,
  )
  const found: string[] = []
  for (const start of first) {
    const seen = new Set([start.dn])
    let layer = [start.dn]
    for (let depth = 0; layer.length > 0 && depth < mostLayers && seen.size < mostGroups; depth += 1) {
      const above = await holding(layer)
      if (above.some((entry) => flavour.idOf(entry) === group.id)) {
        found.push(`by way of ${start.dn}`)
        break
      }
      layer = above.map(({ dn }) => dn).filter((dn) => !seen.has(dn))
      for (const dn of layer) seen.add(dn)
    }
  }
  return found
}

const listing = ['member', 'uniqueMember']

function outside(flavour: Flavour, entries: readonly LdapEntry[], given: ReadonlySet<string>): LdapEntry[] {
  return entries.filter((entry) => !given.has(flavour.idOf(entry) ?? ''))
}
