import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { asSentence, type FileProblem } from '../domain/file-problem.ts'
import { type AbsentVariables, type Environment, interpolate } from './interpolate.ts'

export type Path = readonly PropertyKey[]

/** Values that came from the environment, wholly or in part. Never to be shown. */
export interface Secret {
  readonly names: readonly string[]
  readonly value: string
}

/** A YAML file as plain values, with the place of each value in the file. */
export interface YamlSource {
  readonly value: unknown
  /** Variables that the file names and the environment lacks, where that is no problem. */
  readonly absent: readonly string[]
  /** Wrong before anybody looked at what it means: syntax, doubled keys, missing variables. */
  readonly problems: readonly FileProblem[]
  problemAt(path: Path, what: string, remedy: string, part?: 'key' | 'value'): FileProblem
  /** The values from the environment at this path or below it. */
  secretsAt(path: Path): readonly Secret[]
  /** Whether this value cannot be checked, because it already has a problem or its variable is absent. */
  isBroken(path: Path): boolean
}

/** Aliases resolve to their values, up to a limit, so that a small file cannot become a huge value. */
const maxAliasCount = 100

/** Never throws. Text that cannot be read becomes problems; `value` is undefined where nothing could be read. */
export function readYaml(
  file: string,
  text: string,
  environment: Environment,
  absentVariables: AbsentVariables = 'refuse',
): YamlSource {
  const lines = new LineCounter()
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
  })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems = [...doc.errors, ...doc.warnings].map(({ code, message, pos }): FileProblem => {
    if (code === 'DUPLICATE_KEY') return { ...place(pos[0]), ...doubledKey(doc, pos[0], lines) }
    return { ...place(pos[0]), what: asSentence(message), remedy: 'Mend the YAML here, or just above.' }
  })
  const isReadable = doc.errors.every(({ code }) => code === 'DUPLICATE_KEY')
  const report = (offset: number, what: string, remedy: string) =>
    problems.push({ ...place(offset), what, remedy })
  const { secrets, broken, absent } = interpolateAll(doc, environment, absentVariables, report)
  const plain = isReadable ? toPlain(doc) : { ok: true as const, value: undefined }
  if (!plain.ok) problems.push({ ...place(0), what: plain.what, remedy: plain.remedy })

  return {
    value: plain.ok ? plain.value : undefined,
    absent: [...absent],
    problems,
    problemAt: (path, what, remedy, part = 'value') => ({
      ...place(offsetOf(doc, path, part)),
      what,
      remedy,
    }),
    secretsAt: (path) => {
      const node = nodeAt(doc, path)
      return node === null ? [] : secretsUnder(node, doc, secrets)
    },
    isBroken: (path) => {
      const node = nodeAt(doc, path)
      return isScalar(node) && broken.has(node)
    },
  }
}

function doubledKey(doc: Document, offset: number, lines: LineCounter): { what: string; remedy: string } {
  let what = 'This key is here twice.'
  visit(doc, {
    Map(_, map) {
      const pair = map.items.find(({ key }) => isScalar(key) && key.range?.[0] === offset)
      if (!pair) return undefined
      const name = keyOf(pair)
      const first = map.items.find((other) => keyOf(other) === name)
      const { line } = lines.linePos(isScalar(first?.key) ? (first.key.range?.[0] ?? 0) : 0)
      what = `\`${name}\` is here twice, first in line ${line}.`
      return visit.BREAK
    },
  })
  return { what, remedy: 'Rename one of the two, or leave it out.' }
}

function interpolateAll(
  doc: Document,
  environment: Environment,
  absentVariables: AbsentVariables,
  report: (offset: number, what: string, remedy: string) => void,
): { secrets: Map<Scalar, Secret>; broken: Set<Scalar>; absent: Set<string> } {
  const secrets = new Map<Scalar, Secret>()
  const broken = new Set<Scalar>()
  const absent = new Set<string>()
  visit(doc, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      const result = interpolate(node.value, environment, absentVariables)
      if (!result.ok) {
        broken.add(node)
        report(node.range?.[0] ?? 0, result.what, result.remedy)
        return
      }
      node.value = result.value
      for (const name of result.absent) absent.add(name)
      if (result.absent.length > 0) broken.add(node)
      if (result.names.length > 0) secrets.set(node, { names: result.names, value: result.value })
    },
  })
  return { secrets, broken, absent }
}

function toPlain(doc: Document): { ok: true; value: unknown } | { ok: false; what: string; remedy: string } {
  try {
    return { ok: true, value: doc.toJS({ maxAliasCount }) }
  } catch {
    return {
      ok: false,
      what: 'Aliases (`*name`) in this file point nowhere, or repeat far too much.',
      remedy: `Give each one its anchor (\`&name\`) above it, and use no more than ${maxAliasCount}.`,
    }
  }
}

/** The place of a value, or of its key. A missing value gets the place of its nearest existing parent. */
function offsetOf(doc: Document, path: Path, part: 'key' | 'value'): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = nodeAt(doc, path.slice(0, depth - 1))
    const step = path[depth - 1]
    const pair = isMap(parent) ? pairOf(parent, step) : undefined
    const isWhole = depth === path.length
    const node = isWhole && part === 'value' ? nodeAt(doc, path.slice(0, depth)) : null
    const start = (standsBelowItsKey(node) ? undefined : rangeStart(node)) ?? rangeStart(pair?.key)
    if (start !== undefined) return start
    const item = isSeq(parent) ? rangeStart(nodeAt(doc, path.slice(0, depth))) : undefined
    if (item !== undefined) return item
  }
  return rangeStart(doc.contents) ?? 0
}

/** Of these the key says more than the place where they begin, or would. */
function standsBelowItsKey(node: unknown): boolean {
  if (isMap(node) || isSeq(node)) return node.flow !== true
  return isScalar(node) && node.value === null && node.source === ''
}

/** The node at a path, aliases followed; null where there is none. */
function nodeAt(doc: Document, path: Path): unknown {
  let node: unknown = doc.contents
  for (const step of path) {
    if (isMap(node)) node = pairOf(node, step)?.value
    else if (isSeq(node)) node = node.items[Number(step)]
    else return null
    if (isAlias(node)) node = node.resolve(doc)
  }
  return node ?? null
}

/** The last of those with this key, as it is the last that counts. */
function pairOf(map: YAMLMap, key: PropertyKey | undefined): Pair | undefined {
  return map.items.findLast((pair) => keyOf(pair) === String(key))
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

function rangeStart(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

function secretsUnder(node: unknown, doc: Document, secrets: Map<Scalar, Secret>): Secret[] {
  if (isAlias(node)) return secretsUnder(node.resolve(doc), doc, secrets)
  if (isPair(node)) return secretsUnder(node.value, doc, secrets)
  if (isMap(node) || isSeq(node)) return node.items.flatMap((item) => secretsUnder(item, doc, secrets))
  const secret = isScalar(node) ? secrets.get(node) : undefined
  return secret ? [secret] : []
}
