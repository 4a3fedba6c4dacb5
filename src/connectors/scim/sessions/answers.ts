import { ConnectorError } from '../../../domain/connector.ts'
import type { Answer } from '../http.ts'

/** The id of a person in an answer; null where there is none. */
export function idIn({ status, body }: Answer): string | null {
  const id = fieldOf(body, 'id')
  return status === 200 && typeof id === 'string' && id !== '' ? id : null
}

/** Whether the vendor says, in its own form, that it knows no such person. A wrong address answers 404 too, in another form. */
export function saysUnknown(
  { status, body }: Answer,
  key: 'errorCode' | 'code',
  value: string | number,
): boolean {
  return status === 404 && (fieldOf(body, key) === value || fieldOf(fieldOf(body, 'error'), key) === value)
}

/** One part of a path, whatever signs a name has. `.` and `..` would be other parts. */
export function pathPart(resourceId: string, name: string): string {
  const part = encodeURIComponent(name)
  if (part !== '.' && part !== '..') return part
  const message = `${resourceId}: ${JSON.stringify(name)} cannot be a name at the identity provider`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined
}
