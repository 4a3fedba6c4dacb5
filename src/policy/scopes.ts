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
  if (typeof json !== 'object' || json === null) return false
  if ('Var' in json) return json.Var === 'context'
  return Object.entries(json).some(([key, value]) => {
    const isAccess = (key === '.' || key === 'has') && isContextAttribute(value, attributes)
    return !isAccess && readsContext(value, attributes)
  })
}

function isContextAttribute(json: unknown, attributes: ReadonlySet<string>): boolean {
  if (typeof json !== 'object' || json === null || !('left' in json) || !('attr' in json)) return false
  const { left, attr } = json
  const isContext = typeof left === 'object' && left !== null && 'Var' in left && left.Var === 'context'
  return isContext && typeof attr === 'string' && attributes.has(attr)
}
