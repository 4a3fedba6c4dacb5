import { type OpenForLeads, openForLeads } from '../app/leads.ts'
import { openReviews } from '../app/reviews.ts'
import { ConfigError, readConfig } from '../config.ts'
import { startOfDay } from '../domain/calendar-day.ts'
import type { HoldScope, LegalHold, NamedHoldScope } from '../domain/record/legal-hold.ts'
import { parseReference } from '../domain/request.ts'
import { createLogger } from '../logger.ts'
import { askLift } from '../usecases/holds/lift-hold.ts'
import { placeHold } from '../usecases/holds/place-hold.ts'
import { print } from './print.ts'

export interface HoldArguments {
  readonly by: string
  readonly because: string
  readonly person?: string
  readonly resource?: string
  readonly request?: string
  readonly all?: boolean
  readonly from?: string
  readonly to?: string
}

/** `daypass hold add`: places a legal hold, for a security lead. The exit code is 1 when refused. */
export async function addHold(given: HoldArguments): Promise<void> {
  const named = scopeIn(given)
  const from = given.from === undefined ? null : dayIn('from', given.from, 0)
  const end = given.to === undefined ? null : dayIn('to', given.to, 1)
  const to = end && new Date(end.getTime() - 1)
  await withLeads(async ({ ports, teamId }) => {
    const by = { teamId, userId: given.by }
    const answer = await placeHold(ports, { by, named, reason: given.because, from, to })
    switch (answer.kind) {
      case 'placed':
        print(`${answer.hold.reference} stands: ${lineOf(answer.hold)}`)
        return
      case 'invalid':
        throw new ConfigError(answer.problems.map(({ message }) => message).join('\n'))
      case 'unknown':
        throw new ConfigError(answer.message)
      case 'refused':
        throw new ConfigError(`${given.by} is no security lead, so no hold was placed.`)
    }
  })
}

/** `daypass hold list`: those that stand first. */
export async function listHolds(): Promise<void> {
  const { store, close } = await openReviews(readConfig())
  const holds = await store.holds.list(200).finally(close)
  if (holds.length === 0) print('There was no legal hold yet.')
  for (const hold of holds) print(`${hold.reference}  ${lineOf(hold)}\n    because ${hold.reason}`)
}

/** `daypass hold lift LH-3 --by U0LEAD`: asks; another security lead confirms it in Slack. The exit code is 1 when refused. */
export async function liftHold(reference: string, { by }: { by: string }): Promise<void> {
  await withLeads(async ({ ports, teamId }) => {
    const answer = await askLift(ports, { by: { teamId, userId: by }, reference })
    switch (answer.kind) {
      case 'asked':
      case 'asked_before':
        print('Asked and recorded. Another security lead has to confirm it in the security channel.')
        return
      case 'unknown':
        throw new ConfigError(`There is no legal hold ${reference}. \`daypass hold list\` lists them.`)
      case 'lifted_before':
        throw new ConfigError(`${reference} was lifted before.`)
      case 'refused':
        throw new ConfigError(
          answer.because === 'subject'
            ? `${reference} is about ${by}, so others have to lift it.`
            : `${by} is no security lead, so nothing was asked.`,
        )
    }
  })
}

function scopeIn({ person, resource, request, all }: HoldArguments): NamedHoldScope {
  const given = [person, resource, request, all === true ? 'all' : undefined]
  if (given.filter((one) => one !== undefined).length !== 1)
    throw new ConfigError('Name one: --person U0CARLA, --resource orders-db, --request AR-1042 or --all.')
  if (person !== undefined) {
    if (!/^[UW][A-Z0-9]{2,}$/.test(person))
      throw new ConfigError(`--person needs the Slack user id of a person (U0CARLA), not ${person}.`)
    return { kind: 'person', userId: person }
  }
  if (resource !== undefined) return { kind: 'resource', resourceId: resource }
  if (request === undefined) return { kind: 'all' }
  const reference = parseReference(request)
  if (!reference) throw new ConfigError(`--request needs a reference (AR-1042), not ${request}.`)
  return { kind: 'request', reference }
}

function dayIn(option: string, day: string, addDays: number): Date {
  const instant = startOfDay(day, 'UTC', addDays)
  if (!instant) throw new ConfigError(`--${option} needs a day (2026-11-01), not ${day}.`)
  return instant
}

async function withLeads(work: (opened: OpenForLeads) => Promise<void>): Promise<void> {
  const opened = await openForLeads(readConfig(), createLogger('silent'))
  await work(opened).finally(opened.close)
}

function lineOf({ scope, from, to, placedBy, placedAt, liftAsked, lifted }: LegalHold): string {
  const time = `${from ? ` from ${from.toISOString()}` : ''}${to ? ` to ${to.toISOString()}` : ''}`
  const state = lifted
    ? `, lifted ${lifted.at.toISOString()} by ${lifted.by.userId}`
    : liftAsked
      ? `, ${liftAsked.by.userId} asks to lift it`
      : ''
  return `${coveredText(scope)}${time}, placed ${placedAt.toISOString()} by ${placedBy.userId}${state}`
}

function coveredText(scope: HoldScope): string {
  switch (scope.kind) {
    case 'person':
      return `everything of ${scope.account.userId}`
    case 'resource':
      return `everything on ${scope.resourceId}`
    case 'request':
      return `everything of ${scope.reference}`
    case 'all':
      return 'everything'
  }
}
