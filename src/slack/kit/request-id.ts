import { z } from 'zod'

const requestId = z.uuid()

/** The request id in a button or a form. Null when the value is no request id. */
export function parseRequestId(value: string): string | null {
  return requestId.safeParse(value).data ?? null
}
