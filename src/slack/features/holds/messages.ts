import type { KnownBlock } from '@slack/types'
import type { HoldScope, LegalHold } from '../../../domain/record/legal-hold.ts'
import type { HoldNotice } from '../../../domain/security-notice.ts'
import type { SeenHolds } from '../../../usecases/holds/see-holds.ts'
import {
  actions,
  button,
  confirm,
  context,
  header,
  type MessageContent,
  quoted,
  section,
} from '../../kit/blocks.ts'
import { scopeText } from '../../kit/freeze.ts'
import { code, countOf, mention, moment } from '../../kit/text.ts'
import { holdActionIds } from './ids.ts'

/** A hold was placed, is to be lifted, or was lifted. */
export function holdNotice({ change, hold }: HoldNotice): MessageContent {
  const { reference, placedBy, reason, liftAsked, lifted } = hold
  const what = `${coveredText(hold.scope)}${timeText(hold)}`
  switch (change) {
    case 'placed': {
      const text = `🔒 ${mention(placedBy.userId)} placed the legal hold ${code(reference)} on ${what}. Nothing of it is removed until two security leads lift the hold.`
      return { text, blocks: [section(text), quoted(reason)] }
    }
    case 'lift_asked': {
      const text = `${liftAsked ? mention(liftAsked.by.userId) : 'Somebody'} asks to lift the legal hold ${code(reference)} on ${what}.`
      return {
        text,
        blocks: [
          header('Lift a legal hold?'),
          section(`${text} Another security lead has to confirm it. The hold was placed because:`),
          quoted(reason),
          actions(
            button('Lift it', holdActionIds.confirmLift, reference, { style: 'danger', confirm: sure }),
            button('Keep it', holdActionIds.declineLift, reference),
          ),
        ],
      }
    }
    case 'lifted': {
      const by = lifted ? mention(lifted.by.userId) : 'Somebody'
      const asked = liftAsked ? `, as ${mention(liftAsked.by.userId)} had asked` : ''
      const text = `🔓 ${by} lifted the legal hold ${code(reference)} on ${what}${asked}. What it kept goes when its time is over.`
      return { text, blocks: [section(text)] }
    }
  }
}

const sure = confirm(
  'Lift this legal hold?',
  'What it kept beyond its time is removed soon, and cannot be brought back.',
  'Lift it',
  'Cancel',
  'danger',
)

/** `/audit holds`. */
export function holdsList({ holds, hasMore }: Extract<SeenHolds, { kind: 'list' }>): MessageContent {
  const standing = holds.filter(({ lifted }) => !lifted)
  const text =
    standing.length === 0
      ? 'No legal hold stands.'
      : `${hasMore && standing.length === holds.length ? 'The newest ' : ''}${countOf(standing.length, 'legal hold')} now:`
  return {
    text,
    blocks: [
      section(text),
      ...holds.flatMap(holdBlocks),
      ...(hasMore ? [context('There are more, which `daypass hold list` shows.')] : []),
      context(
        '`/audit hold @carla from 2026-11-01 because Case 42` places one; a resource, a request or `everything` can stand in place of the person. `/audit hold lift LH-3` asks to lift one.',
      ),
    ],
  }
}

function holdBlocks(hold: LegalHold): KnownBlock[] {
  const { reference, scope, placedBy, placedAt, liftAsked, lifted, reason } = hold
  const line = `*${reference}* ${coveredText(scope)}${timeText(hold)} · ${mention(placedBy.userId)}, ${moment(placedAt)}`
  if (lifted) return [section(`${line} · lifted by ${mention(lifted.by.userId)}, ${moment(lifted.at)}`)]
  const asked = liftAsked ? ` · ${mention(liftAsked.by.userId)} asks to lift it` : ''
  return [
    section(`🔒 ${line}${asked}`),
    quoted(reason),
    ...(liftAsked ? [] : [actions(button('Ask to lift', holdActionIds.askLift, reference))]),
  ]
}

function coveredText(scope: HoldScope): string {
  return scope.kind === 'request' ? code(scope.reference) : scopeText(scope)
}

function timeText({ from, to }: Pick<LegalHold, 'from' | 'to'>): string {
  return `${from ? ` from ${moment(from)}` : ''}${to ? ` to ${moment(to)}` : ''}`
}
