import type { Assurance, Evidence } from '../../domain/connector.ts'
import { inline, moment } from './text.ts'

/** How the access will end, before it is given: who removes it, how that is known, and what can outlive it. mrkdwn. */
export function assuranceText({ proof, nativeExpiry, residual }: Assurance): string {
  const own = nativeExpiry
    ? 'The target also ends it by itself, even if Daypass is down.'
    : 'The target has no expiry of its own.'
  return ['*The end:*', endings[proof], own, ...(residual === null ? [] : [inline(residual, 300)])].join(' ')
}

const endings = {
  real: 'Daypass removes the access and reads it back at the target.',
  contract:
    'Daypass removes the access through an API, which confirms it; the sessions behind the API are not seen.',
  attested: 'A person or a receiver confirms the end. Daypass cannot prove it.',
} as const satisfies Record<Assurance['proof'], string>

/** The end of an access and how it is known: "is gone, read back 16:05:10." With all that may outlive it. mrkdwn. */
export function goneText(removed: Evidence): string {
  const at = moment(removed.readAt, 'exact')
  const gone = {
    real: `is gone, read back ${at}.`,
    contract: `is removed, as the API of the target confirmed ${at}.`,
    attested: `was reported as removed ${at}. This is attested, not proven.`,
  }[removed.proof ?? 'real']
  return [gone, ...residualSentences(removed)].join(' ')
}

/** The check behind the end, as a part of a longer line: "Checked at the target 16:05: it is gone". mrkdwn. */
export function checkedText(removed: Evidence, endedAt: Date): string {
  const at = moment(endedAt)
  const checked = {
    real: `Checked at the target ${at}: it is gone`,
    contract: `The API of the target confirmed the removal ${at}`,
    attested: `Reported as removed ${at}: attested, not proven`,
  }[removed.proof ?? 'real']
  return [checked, ...residualSentences(removed)].join('. ')
}

/** "AWS sessions opened before may last until 17:05." mrkdwn. */
function residualSentences({ residualUntil }: Evidence): string[] {
  return residualUntil
    ? [`${inline(residualUntil.what)} may last until ${moment(residualUntil.at, 'time')}.`]
    : []
}

/** For headers, which show no dates: the end, no stronger than its evidence. */
export function goneHeadline(how: 'Ended' | 'Taken back early', removed: Evidence | null): string {
  if (removed?.proof === 'attested') return `${how}, removal is attested, not proven`
  if (removed?.residualUntil) return `${how}, open sessions may go on for a while`
  if (removed?.proof === 'contract') return `${how}, access is removed`
  return `${how}, access is gone`
}
