import type { Catalog, Entitlement } from '../catalog.ts'
import { formatDuration } from '../duration.ts'
import type { EntitlementHistory, Insight, InsightFacts } from './insight.ts'

const fewest = 10
const fewestDenied = 3
const atOnceSeconds = 300
const timesTooLong = 10
const quarterHour = 900

/** What the owners of these resources could change, by what happened. Nothing is changed by it. */
export function findInsights(
  { resources }: Pick<Catalog, 'resources'>,
  { goesBack, entitlements }: InsightFacts,
  overSeconds: number,
): Insight[] {
  const known = new Map(entitlements.map((one) => [`${one.resourceId}/${one.entitlementId}`, one]))
  const over = formatDuration(overSeconds)
  const historyOf = ({ resourceId, id }: Entitlement) => known.get(`${resourceId}/${id}`)
  // An action is no lease: how long it lasts and whether it is used are other questions.
  const isUnused = (entitlement: Entitlement) =>
    goesBack && entitlement.action === undefined && historyOf(entitlement) === undefined
  return [...resources.values()].flatMap(({ entitlements: offered }) => {
    const all = [...offered.values()]
    const isWholeResource = all.every(isUnused)
    return all
      .filter(({ action }) => action === undefined)
      .flatMap((entitlement) => {
        const history = historyOf(entitlement)
        if (!history) return isUnused(entitlement) ? [unused(entitlement, over, isWholeResource)] : []
        return [
          alwaysApproved(entitlement, history, over),
          tooLong(entitlement, history, over),
          deniedAlike(entitlement, history, over),
        ].filter((insight) => insight !== null)
      })
  })
}

/** A resource that offers nothing is refused, so it goes as a whole with its last entitlement. */
function unused(entitlement: Entitlement, over: string, isWholeResource: boolean): Insight {
  const { resourceId, id } = entitlement
  const inside = isWholeResource ? '' : `\n    entitlements:\n      ${id}:`
  return {
    ...about(entitlement, 'unused'),
    headline: `Nobody asked for it in ${over}`,
    patch: { language: 'yaml', change: 'remove', text: `resources:\n  ${resourceId}:${inside}` },
    replay: replayOfCatalog(over),
  }
}

/** People approve it in any case, so a rule could. */
function alwaysApproved(
  entitlement: Entitlement,
  { approved, unapproved, approvedWithinSeconds: within, longestSeconds }: EntitlementHistory,
  over: string,
): Insight | null {
  if (approved < fewest || unapproved > 0 || within === null || within > atOnceSeconds) return null
  // The owners called it dangerous, so that somebody looks.
  if (entitlement.risk === 'high' || entitlement.risk === 'critical') return null
  const most = Math.min(longestSeconds ?? 0, entitlement.maxDurationSeconds)
  return {
    ...about(entitlement, 'always_approved'),
    headline: `All ${approved} requests of ${over} were approved, 95 of 100 within ${formatDuration(Math.max(1, within))}`,
    patch: cedar(
      entitlement,
      'self-serve',
      `People approved this every time, so nobody needs to be asked for up to ${formatDuration(most)}.`,
      `permit (principal, action == Action::"selfServe", resource == ${entityOf(entitlement)})\nwhen { context.durationSeconds <= ${most} };`,
    ),
    replay: replayOfPolicies(over),
  }
}

function tooLong(
  entitlement: Entitlement,
  { usedLeases, lastedSeconds, usedForSeconds }: EntitlementHistory,
  over: string,
): Insight | null {
  if (usedLeases < fewest || lastedSeconds === null || usedForSeconds === null) return null
  if (lastedSeconds < timesTooLong * Math.max(60, usedForSeconds)) return null
  // Twice as long as nearly all of them needed, in quarters of an hour.
  const enough = Math.max(1, Math.ceil((2 * usedForSeconds) / quarterHour)) * quarterHour
  if (enough >= entitlement.defaultDurationSeconds) return null
  return {
    ...about(entitlement, 'too_long'),
    headline: `Leases last ${formatDuration(lastedSeconds)}, and 9 of 10 are used for ${formatDuration(usedForSeconds)} (${usedLeases} leases in ${over})`,
    patch: yaml(entitlement, `defaultDuration: ${formatDuration(enough)}`),
    replay: replayOfCatalog(over),
  }
}

/** The words are of people, who may have them erased. So the requests are named. */
function deniedAlike(
  entitlement: Entitlement,
  { deniedAlike: numbers }: EntitlementHistory,
  over: string,
): Insight | null {
  if (numbers.length < fewestDenied) return null
  const named = numbers.slice(0, 5).map((number) => `AR-${number}`)
  const more = numbers.length > named.length ? ' and others' : ''
  return {
    ...about(entitlement, 'denied_alike'),
    headline: `${numbers.length} requests of ${over} were denied with the same reason: ${named.join(', ')}${more}`,
    patch: yaml(
      entitlement,
      `description: Before you ask, look why ${named.slice(0, 3).join(', ')} were denied`,
    ),
    replay: replayOfCatalog(over),
  }
}

function about({ resourceId, id: entitlementId }: Entitlement, kind: Insight['kind']) {
  return { kind, resourceId, entitlementId }
}

function entityOf({ resourceId, id }: Entitlement): string {
  return `Entitlement::"${resourceId}/${id}"`
}

function cedar(
  { resourceId, id }: Entitlement,
  name: string,
  reason: string,
  rule: string,
): Insight['patch'] {
  return {
    language: 'cedar',
    change: 'add',
    text: `@id("${name}-${resourceId}-${id}")\n@reason("${reason}")\n${rule}`,
  }
}

function yaml({ resourceId, id }: Entitlement, line: string): Insight['patch'] {
  const text = `resources:\n  ${resourceId}:\n    entitlements:\n      ${id}:\n        ${line}`
  return { language: 'yaml', change: 'add', text }
}

/** For a copy of the folder of policies with the change in it. */
function replayOfPolicies(over: string): string {
  return `daypass replay --since ${over} --policies policies.next`
}

/** For a copy of the catalog with the change in it. */
function replayOfCatalog(over: string): string {
  return `daypass replay --since ${over} --catalog catalog.next.yml`
}
