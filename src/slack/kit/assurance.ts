import type { Assurance, Evidence } from '../../domain/connector.ts'
import { inline, moment, withLinks } from './text.ts'

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
  const real = removed.remains === undefined ? 'is gone' : 'is taken back'
  const gone = {
    real: `${real}, read back ${at}.`,
    contract: `is removed, as the API of the target confirmed ${at}.`,
    attested:
      removed.remains === undefined
        ? `was reported as removed ${at}. This is attested, not proven.`
        : `ended ${at}. This is attested, not proven.`,
  }[removed.proof ?? 'real']
  return [gone, ...residualSentences(removed)].join(' ')
}

/** The check behind the end, as a part of a longer line: "Checked at the target 16:05: it is gone". mrkdwn. */
export function checkedText(removed: Evidence, endedAt: Date): string {
  const at = moment(endedAt)
  const real = removed.remains === undefined ? 'it is gone' : 'it is taken back'
  const checked = {
    real: `Checked at the target ${at}: ${real}`,
    contract: `The API of the target confirmed the removal ${at}`,
    attested:
      removed.remains === undefined
        ? `Reported as removed ${at}: attested, not proven`
        : `Ended ${at}: attested, not proven`,
  }[removed.proof ?? 'real']
  return [checked, residualSentences(removed).join(' ')].filter((part) => part !== '').join('. ')
}

/** "AWS sessions opened before may last until 17:05. octocat still reads it, as a member of acme." mrkdwn. */
function residualSentences({ residualUntil, remains }: Evidence): string[] {
  return [
    ...(residualUntil ? [residualSentence(residualUntil)] : []),
    ...(remains === undefined ? [] : [withLinks(remains)]),
  ]
}

function residualSentence({ what, at }: NonNullable<Evidence['residualUntil']>): string {
  return `${inline(what)} may last ${at === null ? 'without a known end' : `until ${moment(at, 'time')}`}.`
}

/** For headers, which show no dates: the end, no stronger than its evidence. */
export function goneHeadline(how: 'Ended' | 'Taken back early', removed: Evidence | null): string {
  if (removed?.proof === 'attested') return `${how}, removal is attested, not proven`
  if (removed?.remains !== undefined) return `${how}, access from elsewhere remains`
  if (removed?.residualUntil) return `${how}, open sessions may go on for a while`
  if (removed?.proof === 'contract') return `${how}, access is removed`
  return `${how}, access is gone`
}
