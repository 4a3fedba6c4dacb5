import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyAction } from '../domain/policy.ts'

/** Whether a policy can apply to this action. In doubt it can: Cedar then finds out. */
export function concerns({ action: scope }: PolicyJson, action: PolicyAction): boolean {
  if (scope.op === '==' && 'entity' in scope) return idOf(scope.entity) === action
  if (scope.op === 'in' && 'entities' in scope)
    return scope.entities.some((entity) => idOf(entity) === action)
  return true
}

function idOf(entity: object): unknown {
  return 'id' in entity ? entity.id : null
}

/** Whether a policy reads the context for anything but `attributes`. */
export function readsContext(json: unknown, attributes: ReadonlySet<string>): boolean {
  const read = contextRead(json)
  return read === 'all' || [...read].some((name) => !attributes.has(name))
}

/** The attributes of the context that a policy names. `all`: it reads the context as a whole. */
export function contextRead(json: unknown): ReadonlySet<string> | 'all' {
  const names = new Set<string>()
  return collect(json, names) ? names : 'all'
}

/** False: the context is read as a whole. */
function collect(json: unknown, names: Set<string>): boolean {
  if (typeof json !== 'object' || json === null) return true
  if ('Var' in json) return json.Var !== 'context'
  return Object.entries(json).every(([key, value]) => {
    const name = key === '.' || key === 'has' ? contextAttribute(value) : null
    if (name === null) return collect(value, names)
    names.add(name)
    return true
  })
}

function contextAttribute(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('left' in json) || !('attr' in json)) return null
  const { left, attr } = json
  const isContext = typeof left === 'object' && left !== null && 'Var' in left && left.Var === 'context'
  return isContext && typeof attr === 'string' ? attr : null
}

/** Whether a policy names an entity of one of these types by its id. */
export function namesEntity(json: unknown, types: ReadonlySet<string>): boolean {
  if (typeof json !== 'object' || json === null) return false
  if ('type' in json && 'id' in json && typeof json.type === 'string' && types.has(json.type)) return true
  return Object.values(json).some((value) => namesEntity(value, types))
}
