const unstorable = /\0|\p{Surrogate}/gu

/** What Postgres cannot hold in text (NUL, halves of surrogate pairs) becomes U+FFFD; all else stays as it is. */
export function storableText(text: unknown): string {
  return `${text}`.replace(unstorable, '\uFFFD')
}

/** JSON for a `jsonb` column, to be bound as `${jsonText(value)}::text::jsonb`; text within it as `storableText` has it. */
export function jsonText(value: unknown): string {
  const json = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/.test(json) ? JSON.stringify(storableJson(JSON.parse(json))) : json
}

function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storableJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storableText(key), storableJson(item)]),
  )
}

/** Ids come from buttons too: what is no uuid is the id of nothing, not an error of Postgres. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text)
}
