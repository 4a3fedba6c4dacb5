import { cleanFreeText, longestFreeText } from '../../../domain/free-text.ts'
import { looksLikeSecret } from '../../../domain/secret-like.ts'
import type { MessageOfShortcut } from '../../kit/payload.ts'
import { clip } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { plainFromMrkdwn } from './plain-from-mrkdwn.ts'

const filledIn =
  'The reason is the text of the message. The approvers will read it, also those who cannot see the message. Change it as needed.'
const withheld =
  '⚠️ The message looks as if it held a password, a key or a token, so its text is left out. Please write the reason yourself.'

/** The reason of a request about a message: its text, and the link to it. The form's limit cuts the text, not the link. */
export async function reasonFrom(
  { directory, identity }: Pick<FeatureParts, 'directory' | 'identity'>,
  message: MessageOfShortcut,
): Promise<{ justification: string; banner: string | null }> {
  const text = cleanFreeText(await plainFromMrkdwn(message.text, directory))
  const link = linkTo(identity.url, message)
  const about = link === null ? '' : `About ${link}`
  if (looksLikeSecret(text)) return { justification: about, banner: withheld }
  if (text === '') return { justification: about, banner: null }
  if (about === '') return { justification: clip(text, longestFreeText), banner: filledIn }
  const shown = clip(text, longestFreeText - about.length - 2)
  return { justification: `${shown}\n\n${about}`, banner: filledIn }
}

/**
 * As `chat.getPermalink` makes it, which answers only for channels that the app is in:
 * https://docs.slack.dev/reference/methods/chat.getPermalink
 */
function linkTo(workspaceUrl: string | null, { channelId, ts, threadTs }: MessageOfShortcut): string | null {
  const isWhole = /^[CDG][A-Z0-9]+$/.test(channelId) && /^\d{1,12}\.\d{1,6}$/.test(ts)
  if (workspaceUrl === null || !isWhole) return null
  const link = new URL(`archives/${channelId}/p${ts.replace('.', '')}`, workspaceUrl)
  if (threadTs !== null && threadTs !== ts) {
    link.searchParams.set('thread_ts', threadTs)
    link.searchParams.set('cid', channelId)
  }
  return link.href
}
