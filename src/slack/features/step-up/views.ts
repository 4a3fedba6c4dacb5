import type { Button, InputBlock, ModalView } from '@slack/types'
import type { StepUpRules } from '../../../domain/step-up.ts'
import type { AskedProof } from '../../../usecases/step-up/ask-proof.ts'
import type { OwnPasskeys } from '../../../usecases/step-up/list-passkeys.ts'
import { alternativeText, type Told } from '../../../usecases/step-up/words.ts'
import { actions, button, confirm, context, section } from '../../kit/blocks.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { inline, moment, plain } from '../../kit/text.ts'
import { helpViewId, linkViewId, passkeyActionIds, passkeyInputIds, stepUpLinkId } from './ids.ts'

/** Says what is to be confirmed, with the link. The link is in this window only, of which Slack keeps no history. */
export function proofView(asked: AskedProof): ModalView {
  switch (asked.kind) {
    case 'not_configured':
      return noticeView(
        'Not done',
        '⛔ This needs a proof of who you are, and this Daypass has no page for it. Ask those who run it to set `PUBLIC_URL`.',
      )
    case 'gone':
      return noticeView(
        'Not done',
        'This is not there any more, so nothing was changed. Please use the newest message.',
      )
    case 'no_way':
      return noticeView(
        'Prove who you are',
        `🔑 *${inline(asked.terms.title, 150)}* needs a proof of who you are, and you have no passkey.\n${alternativeText(asked, asked.intent)}\nYou add a passkey on the Home tab of Daypass: *Passkeys…*`,
      )
    case 'asked':
      return {
        type: 'modal',
        callback_id: 'daypass.step_up',
        title: plain('Prove who you are'),
        close: plain('Close'),
        blocks: [
          section(`🔑 *${inline(asked.terms.title, 150)}*\nNothing is done yet. ${needText(asked)}`),
          ...(asked.terms.lines.length > 0 ? [section(linesText(asked.terms.lines))] : []),
          actions(linkButton('Open the page', asked.url)),
          context('The link works once, for two minutes, and only for you. Do not give it to anybody.'),
        ],
      }
  }
}

function needText({ methods, terms }: Extract<AskedProof, { kind: 'asked' }>): string {
  if (terms.title === 'Add a passkey')
    return 'The page asks for a one-time code, a sign-in or another passkey first.'
  const names: Record<StepUpRules['methods'][number], string> = {
    passkey: 'your passkey',
    'sign-in': 'the company’s sign-in',
  }
  return `Confirm it with ${methods.map((method) => names[method]).join(' or ')}.`
}

function linesText(lines: readonly { readonly label: string; readonly text: string }[]): string {
  return lines.map(({ label, text }) => `*${label}:* ${inline(text, 200)}`).join('\n')
}

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
function linkButton(text: string, url: string): Button {
  return { type: 'button', text: plain(text, 75), action_id: stepUpLinkId, url, style: 'primary' }
}

/** What became of the proof. */
export function toldView({ isDone, title, text }: Told): ModalView {
  return noticeView(title, `${isDone ? '✅' : '⛔'} ${inline(text, 600)}`)
}

const longestList = 20

export function passkeysView({ passkeys, mayHelp, hasSignIn, now }: OwnPasskeys): ModalView {
  return {
    type: 'modal',
    callback_id: 'daypass.passkeys',
    title: plain('Your passkeys'),
    close: plain('Close'),
    blocks: [
      ...(passkeys.length === 0
        ? [section('You have no passkey. Some access needs one: it proves that it is you who clicks.')]
        : passkeys.slice(0, longestList).map((passkey) => passkeyRow(passkey, now))),
      actions(button('Add a passkey…', passkeyActionIds.add, 'add', { style: 'primary' })),
      ...(mayHelp
        ? [
            context('As a security lead:'),
            actions(
              button('Let somebody add a passkey…', passkeyActionIds.help, 'help'),
              ...(hasSignIn ? [button('Link a sign-in…', passkeyActionIds.link, 'link')] : []),
            ),
          ]
        : []),
    ],
  }
}

function passkeyRow(
  { id, name, addedAt, lastUsedAt, countsFrom }: OwnPasskeys['passkeys'][number],
  now: Date,
) {
  const used = lastUsedAt ? `last used ${moment(lastUsedAt)}` : 'never used'
  const counts = countsFrom > now ? `\n⏳ counts for critical access from ${moment(countsFrom)}` : ''
  return {
    ...section(`*${inline(name, 60)}* · added ${moment(addedAt)} · ${used}${counts}`),
    accessory: button('Remove…', passkeyActionIds.remove, id, { confirm: removeConfirm }),
  }
}

const removeConfirm = confirm(
  'Remove this passkey?',
  'It counts for nothing afterwards. You confirm it with a passkey of yours.',
  'Remove',
  'Keep',
  'danger',
)

/** A security lead chooses for whom the code is. */
export function helpView(): ModalView {
  return form(helpViewId, 'Add a passkey for', [
    section(
      'You get a one-time code on the page, after you proved who you are. Hand it over face to face or by phone, and only to a person whom you recognise.',
    ),
    personInput('Who may add a passkey?'),
  ])
}

/** A security lead says who somebody is at the company’s sign-in. */
export function linkView(): ModalView {
  return form(linkViewId, 'Link a sign-in', [
    personInput('Whose account of the company is it?'),
    {
      type: 'input',
      block_id: 'subject',
      label: plain('Subject'),
      hint: plain('The `sub` of the person at the provider. The notice in the security channel has it.'),
      element: { type: 'plain_text_input', action_id: passkeyInputIds.subject, max_length: 255 },
    },
  ])
}

function personInput(label: string): InputBlock {
  return {
    type: 'input',
    block_id: 'person',
    label: plain(label),
    element: { type: 'users_select', action_id: passkeyInputIds.person },
  }
}

function form(callbackId: string, title: string, blocks: ModalView['blocks']): ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    title: plain(title, 24),
    submit: plain('Go on'),
    close: plain('Close'),
    blocks,
  }
}
