import { z } from 'zod'

const changes = ['extend', 'end', 'handOver', 'confirmIdentity'] as const
const menu = z.tuple([z.enum(changes), z.guid()])
const list = z.tuple([z.enum(['mine', 'all']), z.coerce.number().int().min(1).max(10_000)])

/** The value of a menu beside a contractor. Ids only: the use-case reads and judges everything anew. */
export function menuValue(change: string, engagementId: string): string {
  return `${change} ${engagementId}`
}

export function parseMenuValue(
  value: string,
): { change: (typeof changes)[number]; engagementId: string } | null {
  const { data } = menu.safeParse(value.split(' '))
  return data ? { change: data[0], engagementId: data[1] } : null
}

/** The value of a button that shows another page or scope. */
export function listValue({ scope, page }: { scope: 'mine' | 'all'; page: number }): string {
  return `${scope} ${page}`
}

export function parseListValue(value: string): { scope: 'mine' | 'all'; page: number } | null {
  const { data } = list.safeParse(value.split(' '))
  return data ? { scope: data[0], page: data[1] } : null
}
