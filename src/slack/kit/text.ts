import { TZDate } from '@date-fns/tz'
import type { MrkdwnElement, PlainTextElement } from '@slack/types'
import { format } from 'date-fns/format'
import { cleanFreeText } from '../../domain/free-text.ts'

/**
 * Escapes the three characters that mrkdwn gives a meaning, so that `<!channel>`, `<@U…>` and `<https://…|…>` stay plain:
 * https://docs.slack.dev/messaging/formatting-message-text/#escaping
 */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A name from the catalog or from Slack, for one line of mrkdwn: cleaned, cut at `longest`, escaped. */
export function inline(text: string, longest = 120): string {
  return escapeMrkdwn(clip(oneLine(text), longest))
}

/** Sentences of a connector, in which addresses of web pages become links. They may quote names from the target. mrkdwn. */
export function withLinks(text: string): string {
  return inline(text, 1000).replace(/\bhttps?:\/\/[\w.:-]+(?:\/(?:[\w./?=%~+#-]|&amp;)*[\w/])?/g, '<$&>')
}

/** A name for one line of plain text: headers, options, labels. */
export function oneLine(text: string): string {
  return cleanFreeText(text).replaceAll('\n', ' ')
}

/** An id inside mrkdwn, as code. Backticks would end the code. */
export function code(id: string): string {
  return `\`${inline(id).replaceAll('`', 'ˋ')}\``
}

/** Cuts a text at `longest` UTF-16 units, never inside a surrogate pair. A cut text ends with `…`. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** Mentions a person. A text that is no user id is shown as plain text. */
export function mention(userId: string): string {
  return /^[UW][A-Z0-9]+$/.test(userId) ? `<@${userId}>` : inline(userId)
}

/** Mentions a person or a user group of the catalog. */
export function mentionAny(id: string): string {
  return /^S[A-Z0-9]+$/.test(id) ? `<!subteam^${id}>` : mention(id)
}

export function channelLink(channelId: string): string {
  return /^[CG][A-Z0-9]+$/.test(channelId) ? `<#${channelId}>` : inline(channelId)
}

/**
 * An instant in the time zone of each reader, with UTC as the fallback:
 * https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
 */
export function moment(at: Date, style: 'day' | 'time' | 'exact' = 'day'): string {
  const form = {
    day: '{date_short_pretty} at {time}',
    time: '{time}',
    exact: '{date_short_pretty} at {time_secs}',
  }[style]
  return `<!date^${Math.floor(at.getTime() / 1000)}^${form}|${inUtc(at)}>`
}

/** The fallback text of a date. */
function inUtc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `2026-11-22 14:05` in an IANA zone that this process knows, for places where Slack shows no dates. Sorts as text. */
export function clockTime(at: Date, timeZone: string): string {
  return format(new TZDate(at, timeZone), 'yyyy-MM-dd HH:mm')
}

/**
 * Text of Daypass. With `verbatim`, Slack makes no links of bare URLs and names. A section takes 3,000 characters:
 * https://docs.slack.dev/reference/block-kit/blocks/section-block
 */
export function mrkdwn(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text: clip(text, 3000), verbatim: true }
}

/** Text that a person typed. Slack shows it exactly as typed, because it parses nothing in `plain_text` without emoji. */
export function plain(text: string, longest = 3000): PlainTextElement {
  return { type: 'plain_text', text: clip(text, longest) || '–', emoji: false }
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Slack escapes the text of commands, so that names arrive as ids. A reason is read as it was typed. */
export function unescaped(text: string): string {
  return withoutEscapes(
    text.replace(/<[@#!][^|>]*\|([^>]*)>/g, '$1').replace(/<([^|>]*)(?:\|[^>]*)?>/g, '$1'),
  )
}

/** The three signs that Slack escapes, as they were typed. */
export function withoutEscapes(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
