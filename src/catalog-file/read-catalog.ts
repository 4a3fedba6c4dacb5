import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { type Catalog, idPattern, type Resource } from '../domain/catalog.ts'
import { type FileProblem, FileProblemsError } from '../domain/file-problem.ts'
import type { Environment } from './interpolate.ts'
import { check, idProblem, mergeKey } from './issues.ts'
import { entriesOf, property } from './plain.ts'
import { readResource } from './read-resource.ts'
import { type CatalogConnector, catalogSchema } from './schema.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

/** The catalog cannot be used. The message lists every problem with file, line, column and what to do. */
export class CatalogFileError extends FileProblemsError {
  override readonly name = 'CatalogFileError'
}

export interface CatalogOptions {
  /** For `${NAME}` in values. */
  readonly environment: Environment
  readonly connectorKinds: readonly CatalogConnector[]
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
  const catalog =
    source.value === undefined ? null : toCatalog(source, text, problems, options.connectorKinds)
  return { catalog, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

function toCatalog(
  source: YamlSource,
  text: string,
  problems: FileProblem[],
  connectorKinds: readonly CatalogConnector[],
): Catalog | null {
  const catalog = check(catalogSchema, source.value, { source, path: [], problems })
  const resources = new Map<string, Resource>()
  for (const [id, value] of entriesOf(property(source.value, 'resources'))) {
    const path = ['resources', id]
    if (!idPattern.test(id)) problems.push(idProblem(source, path))
    if (id === mergeKey) continue
    const resource = readResource(id, value, { source, path, problems, connectorKinds })
    if (resource) resources.set(id, resource)
  }
  if (!catalog) return null
  const contentHash = createHash('sha256').update(text).digest('hex')
  return { contentHash, security: catalog.security, defaults: defaultsOf(catalog.defaults), resources }
}

function defaultsOf(defaults: z.output<typeof catalogSchema>['defaults']): Catalog['defaults'] {
  return {
    requestTimeoutSeconds: defaults.requestTimeout,
    remindAfterSeconds: defaults.remindAfter,
    expiryNoticesSeconds: [...new Set(defaults.expiryNotices)].sort((a, b) => b - a),
    requestsPerHour: defaults.requestsPerHour,
    selfServePerPersonAndDay: defaults.selfServe.perPersonAndDay,
    longestPreApprovalSeconds: defaults.longestPreApproval,
    ...(defaults.drift && {
      drift: {
        unaccounted: defaults.drift.unaccounted,
        removeAfterSeconds: defaults.drift.removeAfter,
        missing: defaults.drift.missing,
      },
    }),
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
