import { z } from 'zod'

const requestId = z.uuid()

/** The request id in a button or a form. Null when the value is no request id. */
export function parseRequestId(value: string): string | null {
  const [id = ''] = value.split(' ', 1)
  return requestId.safeParse(id).data ?? null
}

/** The value of a button that decides: the request, and the stage that the card showed, so that a late click is recognised. */
export function stageValue(request: string, stage: number): string {
  return `${request} ${stage}`
}

/** The stage in such a value. Null: a button of an earlier version, which named none. */
export function parseStage(value: string): number | null {
  const match = /^\S+ (\d{1,2})$/.exec(value)
  return match ? Number(match[1]) : null
}
