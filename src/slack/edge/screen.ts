/** Deepest payload that Slack sends, with room to spare: a view in a view payload has some 20 levels. */
const maxDepth = 64

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Whether a payload may be looked at any further: an object, no deeper than Slack's are, without keys that reach for
 * prototypes. Goes about it without recursion, because the payload itself says how deep it is.
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
