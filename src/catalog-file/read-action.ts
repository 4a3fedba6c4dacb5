import type { Parameter } from '../domain/action.ts'
import { type Entitlement, idPattern } from '../domain/catalog.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import { actionSchema, type ReadParameter } from './action-schema.ts'
import { check, idProblem, unknownKeys } from './issues.ts'
import { type OfferPlace, offerOf } from './offer.ts'
import { entriesOf, pick } from './plain.ts'
import type { CatalogConnector } from './schema.ts'

/** Reads one action of a resource; null when there are problems. `taken`: the ids of the entitlements of the resource. */
export function readAction(
  resourceId: string,
  id: string,
  value: unknown,
  at: OfferPlace & { kind: CatalogConnector | null; taken: ReadonlyMap<string, unknown> },
): Entitlement | null {
  const { source, path, problems, kind } = at
  if (!idPattern.test(id)) problems.push(idProblem(source, path))
  if (at.taken.has(id)) problems.push(takenProblem(at, id))
  const common = check(actionSchema, value, at)
  if (!kind) return null
  if (!kind.action) {
    problems.push(noActionsProblem(at, kind.kind))
    return null
  }
  const own = Object.keys(kind.action.schema.shape)
  problems.push(...unknownKeys(source, path, value, [...Object.keys(actionSchema.shape), ...own]))
  const isMap = entriesOf(value).length > 0
  const content = isMap ? kind.action.readContent((schema) => check(schema, pick(value, own), at)) : null
  if (!common || !content) return null
  const parameters = Object.entries(common.parameters).map(([name, one]) => parameterOf(name, one))
  for (const { key, what, remedy } of kind.action.problems(content, parameters))
    problems.push(source.problemAt([...path, key], what, remedy))
  const { runWithin, keepOutput, redact } = common
  return {
    ...offerOf(resourceId, id, common, at),
    defaultDurationSeconds: runWithin,
    maxDurationSeconds: runWithin,
    breakGlass: null,
    action: { parameters, keepOutputSeconds: keepOutput ?? null, redact },
    content,
  }
}

function parameterOf(name: string, read: ReadParameter): Parameter {
  const label = read.label ?? name
  switch (read.type) {
    case 'string':
      return { ...read, name, label, example: read.example ?? null }
    case 'date':
      return { ...read, name, label, min: read.min ?? null, max: read.max ?? null }
    case 'number':
    case 'enum':
      return { ...read, name, label }
  }
}

function noActionsProblem({ source, path }: OfferPlace, kind: string): FileProblem {
  const what = `Systems of the kind \`${kind}\` have no actions.`
  return source.problemAt(path, what, 'Remove it: docs/actions.md names the kinds that have some.', 'key')
}

function takenProblem({ source, path }: OfferPlace, id: string): FileProblem {
  const what = `There is an entitlement \`${id}\` here too, and people ask for both by their id.`
  return source.problemAt(path, what, 'Give the action another id.', 'key')
}
