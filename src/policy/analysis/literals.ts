/** What a policy compares facts with, by the name of the attribute. */
export interface Literals {
  readonly numbers: ReadonlyMap<string, ReadonlySet<number>>
  readonly strings: ReadonlyMap<string, ReadonlySet<string>>
  /** Patterns of `like`, with each `*` as a text that it matches. */
  readonly samples: ReadonlyMap<string, ReadonlySet<string>>
  readonly instants: readonly Date[]
  readonly entities: readonly { readonly type: string; readonly id: string }[]
  /** Every attribute that is read, of whatever. */
  readonly attributes: ReadonlySet<string>
}

/** Collects the literals of policies, from their JSON. */
export function literalsOf(jsons: readonly unknown[]): Literals {
  const found: Collected = {
    numbers: new Map(),
    strings: new Map(),
    samples: new Map(),
    instants: [],
    entities: [],
    attributes: new Set(),
  }
  for (const json of jsons) collect(json, found)
  return found
}

interface Collected extends Literals {
  readonly numbers: Map<string, Set<number>>
  readonly strings: Map<string, Set<string>>
  readonly samples: Map<string, Set<string>>
  readonly instants: Date[]
  readonly entities: { type: string; id: string }[]
  readonly attributes: Set<string>
}

function collect(node: unknown, found: Collected): void {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    for (const each of node) collect(each, found)
    return
  }
  const { type, id } = node as Record<string, unknown>
  if (typeof type === 'string' && typeof id === 'string') found.entities.push({ type, id })
  for (const [operator, value] of Object.entries(node)) {
    if (operator === '.' || operator === 'has') {
      const { attr } = value as { attr?: unknown }
      if (typeof attr === 'string') found.attributes.add(attr)
    }
    if (operator === 'datetime') addInstant(value, found)
    if (operator === 'like') addSample(value, found)
    if (comparisons.has(operator)) addComparison(value, found)
    collect(value, found)
  }
}

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=', 'contains', 'containsAny', 'containsAll'])

function addComparison(value: unknown, found: Collected): void {
  const { left, right } = value as { left?: unknown; right?: unknown }
  for (const [one, other] of [
    [left, right],
    [right, left],
  ]) {
    const attribute = attributeOf(one)
    if (attribute === null) continue
    for (const literal of valuesOf(other)) {
      if (typeof literal === 'number') add(found.numbers, attribute, literal)
      if (typeof literal === 'string') add(found.strings, attribute, literal)
    }
  }
}

function addInstant(value: unknown, found: Collected): void {
  const [text] = Array.isArray(value) ? value.flatMap(valuesOf) : []
  if (typeof text === 'string') found.instants.push(new Date(text))
}

function addSample(value: unknown, found: Collected): void {
  const { left, pattern } = value as { left?: unknown; pattern?: unknown }
  const attribute = attributeOf(left)
  if (attribute === null || !Array.isArray(pattern)) return
  const parts = pattern.map((part) => (part === 'Wildcard' ? '1' : (part as { Literal: string }).Literal))
  add(found.samples, attribute, parts.join(''))
}

function attributeOf(node: unknown): string | null {
  if (typeof node !== 'object' || node === null || !('.' in node)) return null
  const { attr } = node['.'] as { attr?: unknown }
  return typeof attr === 'string' ? attr : null
}

function valuesOf(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return []
  if ('Value' in node) return [node.Value]
  return 'Set' in node && Array.isArray(node.Set) ? node.Set.flatMap(valuesOf) : []
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}
