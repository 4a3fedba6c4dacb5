import { z } from 'zod'
import { type Bundle, mostParts } from '../domain/bundle.ts'
import { type Entitlement, idPattern, type Resource } from '../domain/catalog.ts'
import { formatDuration } from '../domain/duration.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import { check, idProblem, mergeKey } from './issues.ts'
import { suggest } from './known-keys.ts'
import { entriesOf } from './plain.ts'
import { duration, line, problem } from './values.ts'
import type { Path, YamlSource } from './yaml-source.ts'

const part = z
  .string()
  .regex(
    /^[^\s/]+\/[^\s/]+$/,
    problem('This names no entitlement.', 'Write resource and entitlement: `orders-db/read-orders`.'),
  )
  .describe('Resource and entitlement: orders-db/read-orders')

export const bundleSchema = z.strictObject({
  name: line(64).describe('What people read in Slack'),
  description: line(200).optional().describe('What it is for, beneath its name in the form'),
  entitlements: z
    .array(part)
    .min(2, problem('A bundle has several entitlements.', 'Name at least two.'))
    .max(mostParts, problem(`A bundle has at most ${mostParts} entitlements.`, 'Make two bundles of it.'))
    .describe('The access that is asked for together'),
  defaultDuration: duration
    .optional()
    .describe('Default: the shortest default of its entitlements, or maxDuration where that is less'),
  maxDuration: duration.describe(
    'The longest time for which it may be asked for. No entitlement allows less',
  ),
})

interface Place {
  readonly source: YamlSource
  readonly problems: FileProblem[]
  readonly resources: ReadonlyMap<string, Resource>
}

/** Reads all bundles, in the order of the file. Adds to `problems` what is wrong with them. */
export function readBundles(value: unknown, place: Place): ReadonlyMap<string, Bundle> {
  const bundles = new Map<string, Bundle>()
  for (const [id, bundle] of entriesOf(value)) {
    const path = ['bundles', id]
    if (!idPattern.test(id)) place.problems.push(idProblem(place.source, path))
    if (id === mergeKey) continue
    if (place.resources.has(id)) {
      const what = `\`${id}\` is a resource too, so a request for it would not be clear.`
      place.problems.push(place.source.problemAt(path, what, 'Give the bundle another id.', 'key'))
    }
    const read = readBundle(id, bundle, { ...place, path })
    if (read) bundles.set(id, read)
  }
  return bundles
}

function readBundle(id: string, value: unknown, at: Place & { readonly path: Path }): Bundle | null {
  const { source, path, problems } = at
  const bundle = check(bundleSchema, value, at)
  if (!bundle) return null
  const { maxDuration, defaultDuration, name, description = null } = bundle
  const entitlements = bundle.entitlements.map((named, index) => {
    const found = findPart(named, at.resources)
    if (typeof found !== 'string' && bundle.entitlements.indexOf(named) === index) {
      if (found.maxDurationSeconds >= maxDuration) return found
      const what = `\`${named}\` is given for ${formatDuration(found.maxDurationSeconds)} at the most, which is less than the bundle.`
      const remedy = 'Shorten `maxDuration` of the bundle, or leave the entitlement out.'
      problems.push(source.problemAt([...path, 'maxDuration'], what, remedy))
      return found
    }
    const [what, remedy] =
      typeof found === 'string'
        ? [found, suggest(named, namesOf(at.resources))]
        : [`\`${named}\` is in this bundle twice.`, 'Name it once.']
    problems.push(source.problemAt([...path, 'entitlements', index], what, remedy))
    return null
  })
  const parts = entitlements.flatMap((part) => part ?? [])
  if (defaultDuration !== undefined && defaultDuration > maxDuration)
    problems.push(
      source.problemAt(
        [...path, 'defaultDuration'],
        '`defaultDuration` is longer than `maxDuration`.',
        'Shorten it.',
      ),
    )
  const shortest = Math.min(maxDuration, ...parts.map((one) => one.defaultDurationSeconds))
  return {
    id,
    name,
    description,
    parts: parts.map(({ resourceId, id }) => ({ resourceId, entitlementId: id })),
    defaultDurationSeconds: defaultDuration ?? shortest,
    maxDurationSeconds: maxDuration,
  }
}

/** The entitlement; or why it can be no part. */
function findPart(named: string, resources: ReadonlyMap<string, Resource>): Entitlement | string {
  const [resourceId = '', entitlementId = ''] = named.split('/')
  const found = resources.get(resourceId)?.entitlements.get(entitlementId)
  if (!found) return `There is no entitlement \`${named}\`.`
  return found.action ? `\`${named}\` is an action, which gives no access for a time.` : found
}

function namesOf(resources: ReadonlyMap<string, Resource>): string[] {
  return [...resources.values()].flatMap(({ id, entitlements }) =>
    [...entitlements.values()].flatMap((one) => (one.action ? [] : [`${id}/${one.id}`])),
  )
}
