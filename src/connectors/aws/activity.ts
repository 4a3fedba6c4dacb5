import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Event } from '@aws-sdk/client-cloudtrail'
import { z } from 'zod'
import type { ActivityLook, Operation } from '../../domain/activity.ts'
import type { AccessOrder } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { isAccessDenied } from './errors.ts'
import { leaseName, sessionName } from './roles/account.ts'
import type { Aws, Target } from './target.ts'

/** What CloudTrail shows of leases. */
export interface Trail {
  look(orders: readonly AccessOrder<unknown>[]): Promise<ActivityLook[]>
}

/** CloudTrail shows an event within 15 minutes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
export const tellsLateSeconds = 20 * 60

/** It takes two calls a second of an account in a region, all callers together (the same page). */
const callEveryMs = 550
/** Of one question. Those who ask wait for 10 seconds. */
const mostCalls = 10
/** Of one lease in one question, of 50 events each. */
const mostPages = 6
const lookEveryMs = 5 * 60_000
const mostKept = 2_000

/**
 * The calls of the sessions of leases, by their names and source identities. Each lease is asked for every five minutes; those that were
 * not asked for lately come first.
 */
export function openTrail(target: Target): Trail {
  const kept = new Map<string, { readonly askedAt: number; readonly look: ActivityLook }>()
  let turn: Promise<unknown> = Promise.resolve()
  /** One call after the other, of all questions of this process. */
  const paced = <T>(call: () => Promise<T>): Promise<T> => {
    const next = turn.then(call, call)
    turn = next.then(rest, rest)
    return next
  }
  const lookAt = async (aws: Aws, orders: readonly AccessOrder<unknown>[]) => {
    let left = mostCalls
    for (const order of orders) {
      if (left === 0) return
      const pages = Math.min(left, mostPages)
      const { events, calls, isWhole } = await readEvents(aws, order, pages, paced)
      left -= calls
      kept.delete(order.grantId)
      kept.set(order.grantId, { askedAt: Date.now(), look: lookOf(target, aws.now(), events, isWhole) })
      const [oldest] = kept.keys()
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    }
  }
  return {
    look: async (orders) => {
      const askedAt = ({ grantId }: AccessOrder<unknown>) => kept.get(grantId)?.askedAt ?? 0
      const due = orders
        .filter((order) => Date.now() - askedAt(order) > lookEveryMs)
        .toSorted((one, other) => askedAt(one) - askedAt(other))
      await target.operation((aws) => lookAt(aws, due))
      return orders.map(({ grantId }) => kept.get(grantId)?.look ?? lookOf(target, new Date(), [], true))
    },
  }
}

/** Whether Daypass may ask. It asks for a session that nobody has. */
export function trailProblems(target: Target): Promise<Problem[]> {
  return target.operation(async (aws) => {
    const LookupAttributes = [{ AttributeKey: 'Username' as const, AttributeValue: 'daypass-check-nobody' }]
    try {
      await (await aws.trail()).lookupEvents({ LookupAttributes, MaxResults: 1 })
      return []
    } catch (error) {
      if (!isAccessDenied(error)) throw error
      const statement = { Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' }
      const remedy = `Add to the policy of Daypass: ${JSON.stringify(statement)}, or take \`activity\` out of the catalog.`
      return [{ what: 'Daypass lacks cloudtrail:LookupEvents', remedy }]
    }
  })
}

function rest(): Promise<void> {
  return pause(callEveryMs, undefined, { ref: false })
}

const recordSchema = z.object({
  eventTime: z.coerce.date(),
  eventSource: z.string(),
  eventName: z.string(),
  sourceIPAddress: z.string().optional(),
  errorCode: z.string().optional(),
  readOnly: z.boolean().optional(),
  userIdentity: z.object({
    sessionContext: z.object({ sourceIdentity: z.string().optional() }).optional(),
  }),
})
type Record = z.output<typeof recordSchema>

/** Of the newest calls first. One attribute can be asked for, and the source identity is none. */
async function readEvents(
  aws: Aws,
  order: AccessOrder<unknown>,
  pages: number,
  paced: <T>(call: () => Promise<T>) => Promise<T>,
): Promise<{ readonly events: readonly Record[]; readonly calls: number; readonly isWhole: boolean }> {
  const trail = await aws.trail()
  const LookupAttributes = [{ AttributeKey: 'Username' as const, AttributeValue: sessionName(order) }]
  const events: Record[] = []
  let NextToken: string | undefined
  for (let calls = 1; ; calls += 1) {
    const page = await paced(() =>
      trail.lookupEvents({ LookupAttributes, MaxResults: 50, ...(NextToken && { NextToken }) }),
    )
    events.push(...(page.Events ?? []).flatMap((event) => recordOf(event, leaseName(order))))
    NextToken = page.NextToken
    if (!NextToken || calls >= pages) return { events, calls, isWhole: !NextToken }
  }
}

/** Nobody but the session of this lease has its source identity. */
function recordOf({ CloudTrailEvent = '' }: Event, source: string): Record[] {
  try {
    const { data } = recordSchema.safeParse(JSON.parse(CloudTrailEvent))
    return data?.userIdentity.sessionContext?.sourceIdentity === source ? [data] : []
  } catch {
    return []
  }
}

function lookOf({ settings }: Target, at: Date, events: readonly Record[], isWhole: boolean): ActivityLook {
  const done = events.filter((event) => !isRefused(event))
  const operations = new Map<string, Operation>()
  for (const event of done) {
    const operation = operationOf(event, settings.region)
    const count = (operations.get(operation.text)?.count ?? 0) + 1
    operations.set(operation.text, { ...operation, count })
  }
  const addresses = new Set(events.flatMap(({ sourceIPAddress: from = '' }) => (isIP(from) ? [from] : [])))
  const last = events
    .map(({ eventTime }) => eventTime)
    .toSorted((one, other) => other.getTime() - one.getTime())
  return {
    at,
    unit: 'call',
    lastUsedAt: last[0] ?? null,
    sessions: [...addresses].map((address) => ({ id: address, address, openedAt: null })),
    operations: [...operations.values()],
    // Calls that read data are not there, so that nobody can say that there was none.
    isCounted: false,
    refused: events.length - done.length,
    limits: [
      `CloudTrail shows a call up to 15 minutes later, and those of ${settings.region} here. Reading and writing of data, such as objects of S3, is not in it.`,
      ...(isWhole ? [] : ['There were more calls than were read.']),
    ],
  }
}

function isRefused({ errorCode = '' }: Record): boolean {
  return /AccessDenied|Unauthorized|Forbidden/.test(errorCode)
}

function operationOf({ eventSource, eventName, readOnly }: Record, region: string): Operation {
  const service = eventSource.replace(/\.amazonaws\.com(\.cn)?$/, '')
  return {
    text: `${service}:${eventName}`.slice(0, 130),
    kind: readOnly === undefined ? 'other' : readOnly ? 'read' : 'change',
    objects: [`${service} in ${region}`],
    count: 1,
    rows: null,
  }
}
