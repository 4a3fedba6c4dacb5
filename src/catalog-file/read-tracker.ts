import { idPattern } from '../domain/catalog.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import type { Tracker } from '../domain/tracker.ts'
import { check, idProblem, mergeKey, unknownKeys } from './issues.ts'
import { suggest } from './known-keys.ts'
import { entriesOf, pick, property } from './plain.ts'
import { type CatalogTracker, trackerSchema } from './schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

interface Place {
  readonly source: YamlSource
  readonly problems: FileProblem[]
  readonly trackerKinds: readonly CatalogTracker[]
}

/** Reads all trackers, in the order of the file. Adds to `problems` what is wrong with them. */
export function readTrackers(value: unknown, place: Place): ReadonlyMap<string, Tracker> {
  const trackers = new Map<string, Tracker>()
  for (const [id, tracker] of entriesOf(value)) {
    const path = ['trackers', id]
    if (!idPattern.test(id)) place.problems.push(idProblem(place.source, path))
    if (id === mergeKey) continue
    const read = readTracker(id, tracker, { ...place, path })
    if (read) trackers.set(id, read)
  }
  return trackers
}

function readTracker(id: string, value: unknown, at: Place & { readonly path: Path }): Tracker | null {
  const { source, path, problems } = at
  const common = check(trackerSchema, value, at)
  const kind = kindOf(property(value, 'kind'), at)
  if (!kind) return null
  const own = Object.keys(kind.settings.shape)
  problems.push(...unknownKeys(source, path, value, [...Object.keys(trackerSchema.shape), ...own]))
  const tracker = kind.open((schema) => check(schema, pick(value, own), at), {
    id,
    name: common?.name ?? null,
    pattern: common?.pattern ?? '',
    require: common?.require ?? [],
    whenDown: common?.whenDown ?? 'allow',
    pollEverySeconds: common?.pollEvery ?? null,
    timeoutSeconds: common?.timeout ?? 0,
  })
  return common && tracker
}

function kindOf(kind: unknown, { source, path, problems, trackerKinds }: Place & { readonly path: Path }) {
  const found = trackerKinds.find((one) => one.kind === kind)
  if (found || typeof kind !== 'string' || source.isBroken([...path, 'kind'])) return found ?? null
  const remedy = suggest(
    kind,
    trackerKinds.map((one) => one.kind),
  )
  problems.push(source.problemAt([...path, 'kind'], 'There is no tracker of this kind.', remedy))
  return null
}
