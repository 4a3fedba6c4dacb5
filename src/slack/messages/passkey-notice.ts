import type { PasskeyNotice } from '../../domain/security-notice.ts'
import { context, type MessageContent, section } from '../kit/blocks.ts'
import { inline, mention } from '../kit/text.ts'

const grounds = {
  code: 'a one-time code',
  'sign-in': 'the company’s sign-in',
  passkey: 'another passkey',
} as const

/** Tells of a change of somebody’s passkeys: to that person, and to security. */
export function passkeyNotice(notice: PasskeyNotice, reader: 'person' | 'security'): MessageContent {
  const text = sentence(notice, reader === 'person' ? 'you' : mention(notice.userId))
  const remedy =
    reader === 'person'
      ? 'Was it not you? Tell your security team at once, and not through Slack: somebody else may be in your account.'
      : 'If this is not expected, ask the person by another way than Slack.'
  return { text, blocks: [section(text), context(remedy)] }
}

function sentence(notice: PasskeyNotice, who: string): string {
  const passkeys = who === 'you' ? 'your passkeys' : `the passkeys of ${who}`
  switch (notice.kind) {
    case 'passkey_added':
      return `🔑 The passkey “${inline(notice.name, 60)}” was added to ${passkeys}, with ${grounds[notice.ground]}.`
    case 'passkey_removed':
      return `🔑 The passkey “${inline(notice.name, 60)}” was removed from ${passkeys}.`
    case 'passkey_code_issued': {
      const by = notice.byUserId === null ? 'Somebody who runs Daypass' : mention(notice.byUserId)
      return `🔑 ${by} made a one-time code, with which a passkey can be added for ${who}.`
    }
  }
}
