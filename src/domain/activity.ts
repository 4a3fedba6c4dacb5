/** What a holder does at a target, in the words of that kind of system. */
export const activityUnits = ['statement', 'command', 'call', 'session'] as const
export type ActivityUnit = (typeof activityUnits)[number]

export const operationKinds = ['read', 'change', 'other'] as const
export type OperationKind = (typeof operationKinds)[number]

/** One kind of operation. Its text holds no literals, no comments and no secrets. */
export interface Operation {
  readonly text: string
  readonly kind: OperationKind
  /** The tables, keys or resources that it names, as far as its text shows them. */
  readonly objects: readonly string[]
  /** How many times, at least. 0: seen, and counted under another text. */
  readonly count: number
  /** The rows that it read or changed. Null: the target does not tell. */
  readonly rows: number | null
}

/** A session that is open at the target. `id` tells it from the others of the same lease. */
export interface OpenSession {
  readonly id: string
  /** The network address of the holder. Null: the target does not tell. */
  readonly address: string | null
  readonly openedAt: Date | null
}

/** What a target shows of the use of one access, at one moment. */
export interface ActivityLook {
  /** By the target's clock where it has one. */
  readonly at: Date
  readonly unit: ActivityUnit
  /** The last use that an open session shows. Null: none. */
  readonly lastUsedAt: Date | null
  readonly sessions: readonly OpenSession[]
  readonly operations: readonly Operation[]
  /** The target counts each operation since the access was given. False: only those are seen that go on at the moment of a look. */
  readonly isCounted: boolean
  /** Attempts that the target refused, as it counts them. */
  readonly refused: number
  /** What this target does not show, as sentences. */
  readonly limits: readonly string[]
}

/** What is known of the use of one lease: all looks together. Bounded. */
export interface LeaseActivity {
  readonly unit: ActivityUnit
  readonly looks: number
  readonly lastLookAt: Date
  /** As exact as the looks are frequent. Null: no use was seen. */
  readonly lastUsedAt: Date | null
  readonly sessionCount: number
  /** The newest ones. */
  readonly sessions: readonly OpenSession[]
  readonly addresses: readonly string[]
  readonly isCounted: boolean
  readonly operationCount: number
  /** Null: the target does not tell. */
  readonly rowsRead: number | null
  readonly rowsChanged: number | null
  readonly objects: readonly string[]
  /** The most frequent ones. */
  readonly operations: readonly Operation[]
  readonly refused: number
  readonly limits: readonly string[]
  /** Why the last look failed. Null: it did not. */
  readonly failure: string | null
}

/** How activity is collected, by the catalog. */
export interface ActivityRules {
  readonly collect: boolean
  readonly everySeconds: number
  readonly keepSeconds: number
}
export const usualActivityRules: ActivityRules = {
  collect: true,
  everySeconds: 60,
  keepSeconds: 180 * 86_400,
}

/** The most that is kept of one lease. */
const mostKept = { operations: 60, sessions: 40, addresses: 20, objects: 60, limits: 6 } as const

/**
 * Adds a look to what is known. Targets count since the access was given, and may forget: the largest number counts. A look may be
 * added twice.
 */
export function withLook(before: LeaseActivity | null, look: ActivityLook): LeaseActivity {
  const operations = mergeOperations(before?.operations ?? [], look.operations)
  const isNewUse = operations.some(
    ({ text, count }) => count > (before?.operations.find((known) => known.text === text)?.count ?? 0),
  )
  const known = new Map((before?.sessions ?? []).map((session) => [session.id, session]))
  const fresh = look.sessions.filter(({ id }) => !known.has(id))
  const addresses = [
    ...(before?.addresses ?? []),
    ...look.sessions.flatMap(({ address }) => (address === null ? [] : [address])),
  ]
  const objects = [...(before?.objects ?? []), ...look.operations.flatMap((operation) => operation.objects)]
  return {
    unit: look.unit,
    looks: (before?.looks ?? 0) + 1,
    lastLookAt: look.at,
    lastUsedAt: latest(before?.lastUsedAt ?? null, look.lastUsedAt ?? (isNewUse ? look.at : null)),
    sessionCount: (before?.sessionCount ?? 0) + fresh.length,
    sessions: [...known.values(), ...fresh].slice(-mostKept.sessions),
    addresses: [...new Set(addresses)].slice(0, mostKept.addresses),
    isCounted: look.isCounted || (before?.isCounted ?? false),
    operationCount: Math.max(
      before?.operationCount ?? 0,
      sumOf(look.operations, 'count'),
      sumOf(operations, 'count'),
    ),
    rowsRead: mostRows(before?.rowsRead, [look.operations, operations], 'read'),
    rowsChanged: mostRows(before?.rowsChanged, [look.operations, operations], 'change'),
    objects: [...new Set(objects)].slice(0, mostKept.objects),
    operations,
    refused: Math.max(before?.refused ?? 0, look.refused),
    limits: [...new Set(look.limits)].slice(0, mostKept.limits),
    failure: null,
  }
}

/** The last look failed. Null before: nothing is known, and the unit is not either. */
export function withFailure(before: LeaseActivity | null, failure: string, at: Date): LeaseActivity {
  const nothing: LeaseActivity = {
    unit: 'session',
    looks: 0,
    lastLookAt: at,
    lastUsedAt: null,
    sessionCount: 0,
    sessions: [],
    addresses: [],
    isCounted: false,
    operationCount: 0,
    rowsRead: null,
    rowsChanged: null,
    objects: [],
    operations: [],
    refused: 0,
    limits: [],
    failure: null,
  }
  return { ...(before ?? nothing), failure: failure.slice(0, 300) }
}

/** Whether anything shows that the access was used. */
export function isUsed(activity: LeaseActivity): boolean {
  const { lastUsedAt, operationCount, sessionCount } = activity
  return lastUsedAt !== null || operationCount > 0 || sessionCount > 0
}

/**
 * One line for people: "12 statements on 2 tables, 340 rows read; last at 15:41", or "never used". `tellTime` words an instant. It
 * repeats no text of the holder.
 */
export function activityLine(activity: LeaseActivity, tellTime: (at: Date) => string): string {
  const { looks, failure, isCounted, lastUsedAt, refused } = activity
  const failed = failure === null ? [] : [`the last look failed (${failure.replace(/[.]+$/, '')})`]
  if (looks === 0) return `not known: ${failed.join('')}`
  const tried = refused > 0 ? [`${refused.toLocaleString('en-US')} refused`] : []
  if (!isUsed(activity)) return [isCounted ? 'never used' : 'no use was seen', ...tried, ...failed].join('; ')
  const last = lastUsedAt ? [`last at ${tellTime(lastUsedAt)}`] : []
  return [[workOf(activity), ...rowsOf(activity)].join(', '), ...tried, ...last, ...failed].join('; ')
}

function workOf({ unit, operationCount, objects, sessionCount, isCounted }: LeaseActivity): string {
  if (operationCount === 0) return counted(sessionCount, 'session')
  const on = objects.length > 0 ? ` on ${counted(objects.length, objectOf[unit])}` : ''
  return `${isCounted ? '' : 'at least '}${counted(operationCount, unit)}${on}`
}

const objectOf: Readonly<Record<ActivityUnit, string>> = {
  statement: 'table',
  command: 'object',
  call: 'resource',
  session: 'host',
}

function rowsOf({ rowsRead, rowsChanged }: LeaseActivity): string[] {
  return [
    ...(rowsRead ? [`${counted(rowsRead, 'row')} read`] : []),
    ...(rowsChanged ? [`${counted(rowsChanged, 'row')} changed`] : []),
  ]
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

function mergeOperations(before: readonly Operation[], now: readonly Operation[]): Operation[] {
  const merged = new Map(before.map((operation) => [operation.text, operation]))
  for (const operation of now) {
    const known = merged.get(operation.text)
    merged.set(operation.text, {
      ...operation,
      count: Math.max(operation.count, known?.count ?? 0),
      rows: larger(operation.rows, known?.rows ?? null),
    })
  }
  return [...merged.values()].sort((a, b) => b.count - a.count).slice(0, mostKept.operations)
}

function mostRows(
  before: number | null | undefined,
  lists: readonly (readonly Operation[])[],
  kind: OperationKind,
): number | null {
  const sums = lists.flatMap((operations) => {
    const told = operations.filter((operation) => operation.kind === kind && operation.rows !== null)
    return told.length > 0 ? [sumOf(told, 'rows')] : []
  })
  return sums.reduce<number | null>((most, sum) => larger(most, sum), before ?? null)
}

function sumOf(operations: readonly Operation[], key: 'count' | 'rows'): number {
  return operations.reduce((sum, operation) => sum + (operation[key] ?? 0), 0)
}

function larger(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
}

function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
