import { TZDate } from '@date-fns/tz'
import type { MrkdwnElement, PlainTextElement } from '@slack/types'
import { format } from 'date-fns'
import { cleanFreeText } from '../../domain/free-text.ts'

/** What Slack itself asks to be escaped in mrkdwn: this alone makes `<!channel>`, `<@U…>` and `<https://…|…>` plain. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A name of the catalog or of Slack on one line inside mrkdwn: cleaned, escaped, cut at `longest`. */
export function inline(text: string, longest = 120): string {
  return escapeMrkdwn(clip(oneLine(text), longest))
}

/** The same where nothing is parsed (headers, options, labels). */
export function oneLine(text: string): string {
  return cleanFreeText(text).replaceAll('\n', ' ')
}

/** An id inside mrkdwn, as code. Backticks would end the code. */
export function code(id: string): string {
  return `\`${inline(id).replaceAll('`', 'ˋ')}\``
}

/** At most `longest` UTF-16 units, never half of a surrogate pair; what was cut is marked. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** A person as Slack shows one to each reader; what is no user id is shown as it is. */
export function mention(userId: string): string {
  return /^[UW][A-Z0-9]+$/.test(userId) ? `<@${userId}>` : inline(userId)
}

/** A person or a user group, as the catalog names approvers. */
export function mentionAny(id: string): string {
  return /^S[A-Z0-9]+$/.test(id) ? `<!subteam^${id}>` : mention(id)
}

export function channelLink(channelId: string): string {
  return /^[CG][A-Z0-9]+$/.test(channelId) ? `<#${channelId}>` : inline(channelId)
}

/** An instant in each reader's own zone; where Slack cannot, in UTC. */
export function moment(at: Date, style: 'day' | 'time' | 'exact' = 'day'): string {
  const form = {
    day: '{date_short_pretty} at {time}',
    time: '{time}',
    exact: '{date_short_pretty} at {time_secs}',
  }[style]
  return `<!date^${Math.floor(at.getTime() / 1000)}^${form}|${inUtc(at)}>`
}

/** For texts in which nothing is parsed. */
function inUtc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `2026-11-22 14:05` by the clocks of an IANA zone that is known here: where Slack shows no date tokens. Sorts as text. */
export function clockTime(at: Date, timeZone: string): string {
  return format(new TZDate(at, timeZone), 'yyyy-MM-dd HH:mm')
}

/** Our own sentence. `verbatim`: Slack makes no links of what merely looks like one. */
export function mrkdwn(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text: clip(text, 3000), verbatim: true }
}

/** Somebody's own words: shown exactly as typed, because nothing in a `plain_text` without emoji is parsed. */
export function plain(text: string, longest = 3000): PlainTextElement {
  return { type: 'plain_text', text: clip(text, longest) || '–', emoji: false }
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
