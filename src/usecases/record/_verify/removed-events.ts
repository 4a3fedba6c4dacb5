import { z } from 'zod'
import type { LeafEvent } from '../../../domain/record/leaf.ts'
import { shortestKeepSeconds } from '../../../domain/record/retention.ts'

/** Events that retention removed. Their hashes are in the tree as before. */
export interface Removal {
  readonly rule: string
  readonly count: number
  /** ISO times of the first and the last removal by this rule. */
  readonly from: string
  readonly to: string
}

const details = z.object({
  rule: z.string(),
  before: z.iso.datetime(),
  positions: z.array(z.tuple([z.int(), z.int()])),
})

/** Positions without an event, next to each other. */
interface Gap {
  from: number
  to: number
  /** ISO time of the next event after it. Null: what follows was removed by another removal, or nothing follows. */
  next: string | null
}

export interface RemovalFault {
  readonly position: number
  readonly what: string
}

/** Holds each missing event against the removals that the log names later. An event that nothing accounts for is a fault. */
export class RemovedEvents {
  #gaps: Gap[] = []
  readonly #removals = new Map<string, Removal>()
  readonly #faults: RemovalFault[] = []

  missing(position: number): void {
    const last = this.#gaps.at(-1)
    if (last?.to === position - 1) last.to = position
    else this.#gaps.push({ from: position, to: position, next: null })
  }

  look(position: number, event: LeafEvent): void {
    const last = this.#gaps.at(-1)
    if (last?.to === position - 1) last.next = event.at
    if (event.action === 'record.removed') this.#account(position, event)
  }

  removals(): Removal[] {
    return [...this.#removals.values()]
  }

  /** At the end of the log. */
  faults(): RemovalFault[] {
    const gone = this.#gaps.flatMap(({ from, to }) =>
      Array.from({ length: Math.min(to - from + 1, mostOfOneGap) }, (_, n) => ({
        position: from + n,
        what: 'the event is gone',
      })),
    )
    return [...this.#faults, ...gone]
  }

  #account(position: number, event: LeafEvent): void {
    const { data } = details.safeParse(event.details)
    if (!data) {
      this.#faults.push({ position, what: 'a removal says not what it removed' })
      return
    }
    const { rule, before, positions } = data
    if (Date.parse(event.at) - Date.parse(before) < shortestKeepSeconds * 1000) {
      this.#faults.push({ position, what: 'a removal names events that were too young for one' })
      return
    }
    let count = 0
    for (const [from, to] of positions) {
      // Events get their positions nearly in the order of their times, and a removal leaves an event that is old as well after
      // those that it removes. So where the next one is younger than that, the last one of the gap may have been so too.
      const young = this.#gaps.find(
        (gap) =>
          gap.from <= to && gap.to >= from && to >= gap.to && gap.next !== null && isLater(gap.next, before),
      )
      if (young)
        this.#faults.push({
          position: young.to,
          what: 'the event is gone, and was too young to be removed',
        })
      this.#gaps = this.#gaps.flatMap((gap) => without(gap, from, to))
      count += to - from + 1
    }
    const known = this.#removals.get(rule)
    this.#removals.set(rule, {
      rule,
      count: (known?.count ?? 0) + count,
      from: known?.from ?? event.at,
      to: event.at,
    })
  }
}

const mostOfOneGap = 20
const slackMs = 3_600_000

function isLater(at: string, before: string): boolean {
  return Date.parse(at) - Date.parse(before) > slackMs
}

function without(gap: Gap, from: number, to: number): Gap[] {
  if (gap.to < from || gap.from > to) return [gap]
  return [
    ...(gap.from < from ? [{ ...gap, to: from - 1, next: null }] : []),
    ...(gap.to > to ? [{ ...gap, from: to + 1 }] : []),
  ]
}
