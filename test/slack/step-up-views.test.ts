import { expect, it } from 'vitest'
import { messageProblems, viewProblems } from '../../sandbox/validity/blocks.ts'
import type { Passkey } from '../../src/domain/passkey.ts'
import type { PasskeyNotice } from '../../src/domain/security-notice.ts'
import {
  helpView,
  linkView,
  passkeysView,
  proofView,
  toldView,
} from '../../src/slack/features/step-up/views.ts'
import { passkeyNotice } from '../../src/slack/messages/passkey-notice.ts'

const hostile = '<!channel> <https://evil.test|here> *bold* & '
const long = hostile.repeat(60)
const at = new Date('2026-11-22T09:00:00Z')
const terms = {
  title: `Approve ${long}`,
  lines: ['Request', 'Who', 'Access', 'Environment', 'Risk', 'For', 'Until', 'Reason', 'Why', 'Ticket'].map(
    (label) => ({ label, text: long }),
  ),
  facts: {},
  words: '',
  risk: 'critical',
  requestId: null,
} as const
const passkey: Passkey & { countsFrom: Date } = {
  ...{ id: 'one', personId: 'one', name: hostile, credentialId: 'one', publicKey: '', counter: 0 },
  ...{ transports: [], ground: 'code', addedAt: at, lastUsedAt: at, removedAt: null, countsFrom: at },
}

it('windows and notices are what Slack takes, and hostile text stays text', () => {
  const url = `https://daypass.acme.test/step-up#${'t'.repeat(43)}`
  const views = [
    proofView({ kind: 'asked', stepUpId: 'one', url, terms, methods: ['passkey', 'sign-in'] }),
    proofView({ kind: 'no_way', intent: 'decide', terms, otherwise: 'other-approvers' }),
    proofView({ kind: 'not_configured' }),
    proofView({ kind: 'gone' }),
    toldView({ isDone: false, title: 'Not done', text: long }),
    passkeysView({ passkeys: Array(40).fill(passkey), mayHelp: true, hasSignIn: true, now: new Date(0) }),
    helpView(),
    linkView(),
  ]
  for (const view of views) {
    expect(viewProblems(view, 'modal')).toEqual([])
    expect(JSON.stringify(view)).not.toContain('<!channel>')
  }
  const notices: PasskeyNotice[] = [
    { kind: 'passkey_added', userId: 'U0DANA', name: hostile, ground: 'sign-in' },
    { kind: 'passkey_removed', userId: 'U0DANA', name: hostile },
    { kind: 'passkey_code_issued', userId: 'U0DANA', byUserId: null },
  ]
  for (const notice of notices) {
    for (const reader of ['person', 'security'] as const) {
      const message = passkeyNotice(notice, reader)
      expect(messageProblems(message.blocks)).toEqual([])
      expect(JSON.stringify(message)).not.toContain('<!channel>')
    }
  }
})
