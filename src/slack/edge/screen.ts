/** More than any payload of Slack: a view in a view payload has about 20 levels. */
const maxDepth = 64

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Whether a payload is safe to read: an object, not too deep, without keys that change prototypes. It uses no recursion,
 * because a hostile payload could be too deep for the stack.
 */
export function isSafePayload(payload: unknown): payload is Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false
  const rest: { value: object; depth: number }[] = [{ value: payload, depth: 1 }]
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (next.depth > maxDepth) return false
    for (const [key, value] of Object.entries(next.value)) {
      if (forbiddenKeys.has(key)) return false
      if (typeof value === 'object' && value !== null) rest.push({ value, depth: next.depth + 1 })
    }
  }
  return true
}
