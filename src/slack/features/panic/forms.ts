import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { NamedScope } from '../../../domain/freeze.ts'
import type { PanicCounts } from '../../../domain/panic.ts'
import { context, section } from '../../kit/blocks.ts'
import { code, countOf, mention, plain } from '../../kit/text.ts'
import { panicInputIds, panicViewIds } from './ids.ts'
import { panicMetadata } from './metadata.ts'

interface Typed {
  readonly scope: NamedScope
  readonly reason: string
  readonly responseUrl: string
}

/** Names what a panic takes back, and asks for the reason. */
export function panicForm({ counts, ...typed }: Typed & { readonly counts: PanicCounts }): ModalView {
  const { scope, reason, responseUrl } = typed
  return {
    type: 'modal',
    callback_id: panicViewIds.panic,
    private_metadata: panicMetadata({ scope, shown: counts, responseUrl }),
    title: plain(titleOf(scope), 24),
    submit: plain('Revoke now'),
    close: plain('Back'),
    blocks: [
      section(`*${countsText(counts)}*\n${whatHappens(scope)}`),
      context(
        'Daypass ends sessions, removes the access at the targets and reads back that it is gone. You cannot undo this. ' +
          'Approvals in advance are withdrawn. Requests that wait are cancelled, and the people can ask again.',
      ),
      reasonInput(reason),
      freezeInput(),
      untilInput(''),
    ],
  }
}

/** Asks for the reason and the end of a freeze. */
export function freezeForm({ until, ...typed }: Typed & { readonly until: string }): ModalView {
  const { scope, reason, responseUrl } = typed
  return {
    type: 'modal',
    callback_id: panicViewIds.freeze,
    private_metadata: panicMetadata({ scope, shown: null, responseUrl }),
    title: plain('Freeze'),
    submit: plain('Freeze'),
    close: plain('Back'),
    blocks: [
      section(`Freeze ${namedText(scope)}: from now on nothing is granted ${whereText(scope)}.`),
      context(
        'Leases that are active go on until their end, without new credentials and without more time. Requests wait, and nobody can ' +
          'approve them meanwhile. Break-glass is refused too.',
      ),
      reasonInput(reason),
      untilInput(until),
    ],
  }
}

/** `37 leases of 12 people on 3 systems, and 4 requests that wait.` */
export function countsText({ leases, holders, resources, pending }: PanicCounts): string {
  const live =
    leases === 0
      ? 'No access is open'
      : `${countOf(leases, 'lease')} of ${countOf(holders, 'person', 'people')} on ${countOf(resources, 'system')}`
  return pending === 0
    ? `${live}.`
    : `${live}, and ${countOf(pending, 'request')} that ${pending === 1 ? 'waits' : 'wait'}.`
}

function titleOf(scope: NamedScope): string {
  return scope.kind === 'resource'
    ? `Revoke ${scope.resourceId}`
    : scope.kind === 'all'
      ? 'Revoke everything'
      : 'Revoke a person'
}

function whatHappens(scope: NamedScope): string {
  switch (scope.kind) {
    case 'person':
      return `All access of ${mention(scope.userId)} is taken back now, from all their accounts.`
    case 'resource':
      return `All access to ${code(scope.resourceId)} is taken back now, from everybody.`
    case 'all':
      return 'All access to all systems is taken back now, from everybody.'
  }
}

function namedText(scope: NamedScope): string {
  if (scope.kind === 'all') return 'everything'
  return scope.kind === 'person' ? mention(scope.userId) : code(scope.resourceId)
}

function whereText(scope: NamedScope): string {
  if (scope.kind === 'all') return 'to anybody, on any system'
  return scope.kind === 'person' ? 'to this person, on any system' : 'there, to anybody'
}

function reasonInput(reason: string): InputBlock {
  const typed = reason.slice(0, 500).replaceAll('\0', '').toWellFormed()
  return {
    type: 'input',
    block_id: 'reason',
    label: plain('Why?'),
    hint: plain('Holders, people who ask meanwhile, and auditors read this.'),
    element: {
      type: 'plain_text_input',
      action_id: panicInputIds.reason,
      multiline: true,
      max_length: 500,
      ...(typed === '' ? {} : { initial_value: typed }),
    },
  }
}

function freezeInput(): KnownBlock {
  const option = {
    text: plain('Freeze it too: nothing is granted until that is lifted', 75),
    value: 'freeze',
  }
  return {
    type: 'input',
    block_id: 'freeze',
    optional: true,
    label: plain('Afterwards'),
    element: {
      type: 'checkboxes',
      action_id: panicInputIds.freeze,
      options: [option],
      initial_options: [option],
    },
  }
}

function untilInput(until: string): InputBlock {
  const typed = until.slice(0, 40).replaceAll('\0', '').toWellFormed()
  return {
    type: 'input',
    block_id: 'until',
    optional: true,
    label: plain('Frozen until?'),
    hint: plain(
      'A time such as 4h or 2d, or the last day such as 2026-12-24. Empty: until a security lead lifts it.',
    ),
    element: {
      type: 'plain_text_input',
      action_id: panicInputIds.until,
      max_length: 40,
      ...(typed === '' ? {} : { initial_value: typed }),
    },
  }
}
