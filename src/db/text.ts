const unstorable = /\0|\p{Surrogate}/gu
const unstorableEscape = /\\u(?:0000|d[89a-f])/

/** Replaces characters that Postgres cannot store in text (NUL, halves of surrogate pairs) with U+FFFD. */
export function storableText(text: unknown): string {
  return `${text}`.replace(unstorable, '\uFFFD')
}

/** JSON for a `jsonb` column, as a parameter `${jsonText(value)}::text::jsonb`. Text in it is made storable by `storableText`. */
export function jsonText(value: unknown): string {
  const json = JSON.stringify(value)
  return unstorableEscape.test(json) ? JSON.stringify(storableJson(JSON.parse(json))) : json
}

/** The same value, as reading gives it back after it was stored. Without dates. */
export function asStored<Value extends object>(value: Value): Value {
  return unstorableEscape.test(JSON.stringify(value)) ? (storableJson(value) as Value) : value
}

function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storableJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storableText(key), storableJson(item)]),
  )
}

/** Ids also come from Slack buttons. A text that is not a UUID is treated as unknown, so that Postgres does not raise an error. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text)
}
