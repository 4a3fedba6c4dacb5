import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import type { Directory } from './membership.ts'
import { providerSchema, quoted } from './resource.ts'
import type { ScimEntitlement } from './schema.ts'
import type { Scim, Target } from './target.ts'

/** No user has this id. */
const nobody = 'daypass-check-nobody'

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkDirectory(
  { target, groups, sessions }: Directory,
  offers: ReadonlyMap<string, ScimEntitlement>,
): Promise<Diagnosis> {
  const offered = [...new Set([...offers.values()].map(({ group }) => group))]
  const problems = await target.operation(async (scim) => [
    ...(await problemsOfServer(target, scim)),
    ...(await problemsOfUsers(scim)),
    ...(await Promise.all(offered.map((group) => problemsOfGroup(target, scim, group)))).flat(),
  ])
  // It refuses a server that ignores the filter.
  if (problems.length === 0 && offered[0] !== undefined) await groups.isIn(offered[0], nobody)
  const problem = await sessions?.check()
  if (problem) problems.push(problem)
  if (problems.length > 0) return { ok: false, problems }
  const summary = `The SCIM server answers; ${offers.size} entitlements can be granted, by ${target.settings.patch ? 'PATCH' : 'PUT'}.`
  return { ok: true, summary }
}

async function problemsOfServer({ settings }: Target, scim: Scim): Promise<Problem[]> {
  const answer = await scim.ask('ServiceProviderConfig')
  // Whether it lets us in is seen at users and groups; some servers do not describe themselves.
  if (answer.status === 404) return []
  const read = answer.status === 200 ? providerSchema.safeParse(answer.body) : null
  if (!read?.success) throw scim.refused(answer)
  const { patch, filter, etag } = read.data
  const needsFilter = settings.login !== 'id' || settings.findMembers !== 'group'
  return [
    ...(settings.patch && patch?.supported === false
      ? [
          {
            what: 'the server takes no PATCH',
            remedy: 'Write `patch: false` in the catalog, if it gives versions (ETag).',
          },
        ]
      : []),
    ...(!settings.patch && etag?.supported === false
      ? [
          {
            what: 'the server gives no versions (ETag), so a group cannot be replaced safely',
            remedy: 'Write `patch: true` if it takes PATCH; otherwise Daypass cannot add members there.',
          },
        ]
      : []),
    ...(needsFilter && filter?.supported === false
      ? [
          {
            what: 'the server takes no filters',
            remedy: 'Write `login: id` and `findMembers: group` in the catalog, and confirm ids as logins.',
          },
        ]
      : []),
  ]
}

async function problemsOfUsers(scim: Scim): Promise<Problem[]> {
  const answer = await scim.ask('Users?count=1')
  if (answer.status === 200) return []
  const remedy = 'Give the token the right to read users.'
  return [{ what: `users cannot be read. ${scim.refused(answer).message}`, remedy }]
}

async function problemsOfGroup(target: Target, scim: Scim, group: string): Promise<Problem[]> {
  const found = await scim.ask(`Groups/${encodeURIComponent(group)}?excludedAttributes=members`)
  if (found.status === 404 || found.status === 400) return [await unknownGroup(scim, group)]
  if (found.status !== 200) {
    const what = `the group ${group} cannot be read. ${scim.refused(found).message}`
    return [{ what, remedy: 'Give the token the right to read groups.' }]
  }
  // To take out somebody who is not in it changes nothing. By value, some servers would take out everybody.
  if (!target.settings.patch || target.settings.removal === 'value') return []
  const path = `members[value eq ${quoted(nobody)}]`
  const refused = await scim.patch(['Groups', group], [{ op: 'remove', path }])
  if (refused === null || ![401, 403, 405, 501].includes(refused.status)) return []
  const what = `members of the group ${group} cannot be changed. ${scim.refused(refused).message}`
  return [{ what, remedy: 'Give the token the right to change groups.' }]
}

/** The catalog may name a group by its name. Only an id means the same group for ever. */
async function unknownGroup(scim: Scim, group: string): Promise<Problem> {
  const what = `no group has the id ${group}`
  const named = await scim
    .list('Groups', { filter: `displayName eq ${quoted(group)}`, excludedAttributes: 'members' })
    .catch(() => [])
  const ids = named.filter(({ displayName }) => displayName === group).map(({ id }) => id)
  if (ids.length === 0) return { what, remedy: 'Correct `group` in the catalog.' }
  if (ids.length === 1) return { what, remedy: `It is the name of a group. Write its id: ${ids[0]}.` }
  return {
    what,
    remedy: `It is the name of ${ids.length} groups. Write the id of the right one: ${ids.join(', ')}.`,
  }
}
