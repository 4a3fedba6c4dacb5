import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { type Catalog, idPattern, type Resource, userGroupsGivenBy, userGroupsOf } from '../domain/catalog.ts'
import { type FileProblem, FileProblemsError } from '../domain/file-problem.ts'
import type { CheckpointPlace, RecordRules } from '../domain/record/rules.ts'
import { escalationSchema } from './approvals.ts'
import { insightRules } from './insight-schema.ts'
import type { Environment } from './interpolate.ts'
import { check, idProblem, mergeKey } from './issues.ts'
import { noticingRules } from './noticing-schema.ts'
import { entriesOf, property } from './plain.ts'
import { readBundles } from './read-bundles.ts'
import { readResource } from './read-resource.ts'
import { readReviews } from './read-reviews.ts'
import { readTrackers } from './read-tracker.ts'
import { toScheduledReport } from './report-schema.ts'
import { type CatalogConnector, type CatalogTracker, catalogSchema } from './schema.ts'
import { streamRules } from './stream-schema.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

/** The catalog cannot be used. The message lists every problem with file, line, column and what to do. */
export class CatalogFileError extends FileProblemsError {
  override readonly name = 'CatalogFileError'
}

export interface CatalogOptions {
  /** For `${NAME}` in values. */
  readonly environment: Environment
  readonly connectorKinds: readonly CatalogConnector[]
  /** Absent: none. */
  readonly trackerKinds?: readonly CatalogTracker[]
}

/** Reads the catalog file. Throws `CatalogFileError` with everything that is wrong, not just the first of it. */
export function readCatalog(path: string, options: CatalogOptions): Catalog {
  return parseCatalog(path, readText(path), options)
}

/** The same, of a text. `file` is only what problems call it. */
export function parseCatalog(file: string, text: string, options: CatalogOptions): Catalog {
  const { catalog, problems } = read(readYaml(file, text, options.environment), text, options)
  if (problems.length === 0 && catalog) return catalog
  throw new CatalogFileError(problems)
}

/** The result of a check, during which secrets may be absent. It is fit to be counted, not to be served. */
export interface CheckedCatalog {
  /**
   * Null if a variable is absent that gives a channel, a name or a similar value: then the catalog cannot be checked.
   */
  readonly catalog: Catalog | null
  /** The variables that the file names and the environment lacks. */
  readonly absent: readonly string[]
  /** A problem at a place of the file. The place of something that is missing is that of its nearest parent. */
  readonly problemAt: YamlSource['problemAt']
}

/** Checks all of the catalog file that needs no absent variable. Throws `CatalogFileError`. */
export function checkCatalog(path: string, options: CatalogOptions): CheckedCatalog {
  const text = readText(path)
  const source = readYaml(path, text, options.environment, 'replace')
  const { catalog, problems } = read(source, text, options)
  if (problems.length > 0) throw new CatalogFileError(problems)
  return { catalog, absent: source.absent, problemAt: source.problemAt }
}

function read(
  source: YamlSource,
  text: string,
  options: CatalogOptions,
): { catalog: Catalog | null; problems: FileProblem[] } {
  const problems = [...source.problems]
  const catalog = source.value === undefined ? null : toCatalog(source, text, problems, options)
  return { catalog, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

function toCatalog(
  source: YamlSource,
  text: string,
  problems: FileProblem[],
  { connectorKinds, trackerKinds = [] }: Omit<CatalogOptions, 'environment'>,
): Catalog | null {
  const catalog = check(catalogSchema, source.value, { source, path: [], problems })
  const resources = new Map<string, Resource>()
  const escalation =
    escalationSchema.safeParse(property(property(source.value, 'defaults'), 'escalation')).data ?? {}
  for (const [id, value] of entriesOf(property(source.value, 'resources'))) {
    const path = ['resources', id]
    if (!idPattern.test(id)) problems.push(idProblem(source, path))
    if (id === mergeKey) continue
    const stepUp = catalog?.defaults.stepUp ?? {}
    const at = { source, path, problems, connectorKinds, escalation, stepUp }
    const resource = readResource(id, value, at)
    if (resource) resources.set(id, resource)
  }
  const trackers = readTrackers(property(source.value, 'trackers'), { source, problems, trackerKinds })
  const bundles = readBundles(property(source.value, 'bundles'), { source, problems, resources })
  if (!catalog) return null
  const contentHash = createHash('sha256').update(text).digest('hex')
  const { security, defaults, record, audit, activity, reviews, reports, noticing, insight } = catalog
  const whole = {
    ...{ contentHash, security: securityOf(security), defaults: defaultsOf(defaults), resources, trackers },
    ...(bundles.size > 0 && { bundles }),
    ...(record && { record: recordRules(record) }),
    ...(audit && { streams: streamRules(audit) }),
    ...(reports && { reports: readReports(reports, { source, problems }) }),
    ...(reviews && { reviews: readReviews(reviews, resources, { source, problems }) }),
    ...(activity && {
      activity: {
        collect: activity.collect,
        everySeconds: activity.every,
        keepSeconds: activity.keep,
      },
    }),
    ...(noticing && { noticing: noticingRules(noticing) }),
    ...(insight && { insight: insightRules(insight) }),
  }
  problems.push(...decidingGroupsGiven(source, whole))
  return whole
}

function readReports(
  reports: NonNullable<Parsed['reports']>,
  { source, problems }: { source: YamlSource; problems: FileProblem[] },
): NonNullable<Catalog['reports']> {
  for (const id of Object.keys(reports))
    if (!idPattern.test(id)) problems.push(idProblem(source, ['reports', id]))
  return new Map(Object.entries(reports).map(([id, report]) => [id, toScheduledReport(id, report)]))
}

/** A lease that makes its holder a member of an approving group would let the holder approve. */
function decidingGroupsGiven(source: YamlSource, catalog: Catalog): FileProblem[] {
  const deciding = userGroupsOf(catalog)
  return [...userGroupsGivenBy(catalog)].flatMap(([group, { resourceId, id }]) => {
    if (!deciding.has(group)) return []
    const what = `A lease makes its holder a member of ${group}, and this catalog lets members of ${group} decide.`
    const remedy = 'Offer another user group, or name other people wherever this one decides.'
    return [source.problemAt(['resources', resourceId, 'entitlements', id], what, remedy, 'key')]
  })
}

type Parsed = z.output<typeof catalogSchema>

function securityOf({ stepUp, ...security }: Parsed['security']): Catalog['security'] {
  if (!stepUp) return security
  const { methods, coolingTime, otherwise, afterChange, revokeAll, liftFreeze, signIn } = stepUp
  return {
    ...security,
    stepUp: {
      methods,
      coolingSeconds: coolingTime,
      otherwise,
      afterChangeSeconds: afterChange ?? null,
      revokeAll,
      liftFreeze,
      signIn: signIn
        ? {
            issuer: signIn.issuer,
            clientId: signIn.clientId,
            clientSecret: () => signIn.clientSecret ?? null,
            acrValues: signIn.acrValues,
            maxAgeSeconds: signIn.maxAge,
          }
        : null,
    },
  }
}

function defaultsOf(defaults: Parsed['defaults']): Catalog['defaults'] {
  return {
    requestTimeoutSeconds: defaults.requestTimeout,
    remindAfterSeconds: defaults.remindAfter,
    expiryNoticesSeconds: [...new Set(defaults.expiryNotices)].sort((a, b) => b - a),
    requestsPerHour: defaults.requestsPerHour,
    selfServePerPersonAndDay: defaults.selfServe.perPersonAndDay,
    longestPreApprovalSeconds: defaults.longestPreApproval,
    longestStartAheadSeconds: defaults.longestStartAhead,
    idleAnswerSeconds: defaults.idleAnswer,
    ...(defaults.drift && {
      drift: {
        unaccounted: defaults.drift.unaccounted,
        removeAfterSeconds: defaults.drift.removeAfter,
        missing: defaults.drift.missing,
      },
    }),
  }
}

function recordRules({
  checkpoints,
  verify,
  keep,
}: NonNullable<z.output<typeof catalogSchema>['record']>): RecordRules {
  return {
    publishEverySeconds: checkpoints.every,
    places: checkpoints.to.flatMap(
      ({ slack, file, webhook, allowAddresses = [], git }): CheckpointPlace[] => [
        ...(slack ? [{ kind: 'slack' as const, channel: slack }] : []),
        ...(file ? [{ kind: 'file' as const, path: file }] : []),
        ...(webhook ? [{ kind: 'webhook' as const, url: webhook, allowAddresses }] : []),
        ...(git ? [{ kind: 'git' as const, repository: git }] : []),
      ],
    ),
    verifyEverySeconds: verify.every,
    verifyWholeEverySeconds: verify.whole,
    ...(keep && { keep: keep.map((rule) => ({ events: rule.events, keepSeconds: rule.for })) }),
  }
}

/** The text of the catalog file. Throws `CatalogFileError`. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const remedy = 'Begin with a copy of catalog.example.yml, or point DAYPASS_CATALOG at your catalog.'
    const what = `The catalog cannot be read (${code}).`
    throw new CatalogFileError([{ file: path, line: 1, column: 1, what, remedy }])
  }
}
