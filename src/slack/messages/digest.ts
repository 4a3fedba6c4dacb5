import type { EndingsDigest } from '../../domain/endings-digest.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { goneHeadline } from '../kit/assurance.ts'
import { context, header, type MessageContent, section } from '../kit/blocks.ts'
import { causeText } from '../kit/outcome.ts'
import { whatIsAsked } from '../kit/terms.ts'
import { countOf, mention, moment } from '../kit/text.ts'

/** A section takes 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block */
const sectionLength = 2_900
/** Slack takes more, but people do not read more. */
const mostSections = 3

/** Many leases that ended together: the holders, by entitlement. The cards say the rest. */
export function digestMessage({ endings }: Pick<EndingsDigest, 'endings'>): MessageContent {
  const isGone = endings.every((history) => endOf(history) === fullEnd)
  const title = `⚫ ${countOf(endings.length, 'lease')} ended${isGone ? ', access is gone' : ''}`
  const { sections, left } = listOf(endings)
  const more = left > 0 ? [section(`… and ${left} more.`)] : []
  return {
    text: title,
    blocks: [
      header(title),
      ...sections.map(section),
      ...more,
      context(
        `${isGone ? `${readBackText(endings)} ` : ''}The cards follow one by one. \`/audit\` answers for each request.`,
      ),
    ],
  }
}

/** Sections of text with as many endings as there is room for. `left`: the others. */
function listOf(endings: readonly RequestHistory[]): { sections: string[]; left: number } {
  const sections: string[] = []
  let text = ''
  let under = ''
  const sorted = endings
    .map((history) => ({ what: whatText(history), who: holderText(history) }))
    .toSorted((a, b) => (a.what < b.what ? -1 : Number(a.what > b.what)))
  for (const [index, { what, who }] of sorted.entries()) {
    const longer = what === under ? `${text}, ${who}` : `${text}${text === '' ? '' : '\n'}${what}: ${who}`
    if (longer.length <= sectionLength) {
      text = longer
    } else {
      sections.push(text)
      if (sections.length === mostSections) return { sections, left: sorted.length - index }
      text = `${what}: ${who}`
    }
    under = what
  }
  return { sections: [...sections, text], left: 0 }
}

const fullEnd = goneHeadline('Ended', null)

/** The worth of this end, which another connector may not be able to prove. */
function endOf({ grant }: RequestHistory): string {
  return goneHeadline('Ended', grant && 'removed' in grant ? grant.removed : null)
}

function whatText(history: RequestHistory): string {
  const end = endOf(history)
  return `${whatIsAsked(history.request)}${end === fullEnd ? '' : ` (${end})`}`
}

function holderText(history: RequestHistory): string {
  const { request, requester, grant } = history
  const cause = grant && 'revocation' in grant ? grant.revocation.cause : null
  const early = cause === 'lease_ended' ? '' : ` (${causeText(history)})`
  return `${request.reference} ${mention(requester.userId)}${early}`
}

/** The times of the first and the last read-back. */
function readBackText(endings: readonly RequestHistory[]): string {
  const times = endings.flatMap(({ grant }) =>
    grant && 'removed' in grant ? [grant.removed.readAt.getTime()] : [],
  )
  if (times.length === 0) return 'Each was checked at the target.'
  const first = Math.min(...times)
  const last = Math.max(...times)
  return `Each was checked at the target, from ${moment(new Date(first), 'exact')} to ${moment(new Date(last), 'exact')}.`
}
