import type { KnownBlock } from '@slack/types'
import { unverifiedCheckpoint } from '../../../domain/record/checkpoint.ts'
import type { SecurityNotice } from '../../../domain/security-notice.ts'
import { actions, button, confirm, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { inline, mention, moment, plain } from '../../kit/text.ts'
import { recordActionIds } from './ids.ts'

type Notice<Kind extends SecurityNotice['kind']> = Extract<SecurityNotice, { kind: Kind }>

export function recordFaulty({ faults, faultCount, foundAt }: Notice<'record_faulty'>): MessageContent {
  const more = faultCount - faults.length
  return {
    text: '🚨 The audit log is not the one that was signed.',
    blocks: [
      header('🚨 The audit log was changed'),
      section(
        'Daypass compared its audit log with the signed checkpoints, and they disagree. Somebody may have changed the database. Keep the database and its backups as they are, and compare them with the checkpoints outside.',
      ),
      ...faults.map(
        ({ position, what }): KnownBlock => ({
          type: 'section',
          text: plain(position === null ? what : `Position ${position}: ${what}`, 600),
        }),
      ),
      context(
        `${more > 0 ? `${more} more faults. ` : ''}\`daypass audit verify\` lists them all. This is told again at each verification until a security lead acknowledges it.`,
      ),
      actions(button('Acknowledge', recordActionIds.acknowledge, foundAt, { style: 'primary' })),
    ],
  }
}

/** The note stands as code: copied from here, it can be verified. */
export function recordCheckpoint({ note }: Notice<'record_checkpoint'>): MessageContent {
  const size = unverifiedCheckpoint(note)?.size ?? 0
  return {
    text: `Checkpoint of the audit log: ${size} events`,
    blocks: [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: note }] }],
      },
      context(
        `Signed checkpoint of the audit log, ${size} events. Keep it: it shows whether the log is changed later.`,
      ),
    ],
  }
}

export function streamNotice({ stream, state, problem, since }: Notice<'stream'>): MessageContent {
  const name = `\`${inline(stream)}\``
  if (state === 'recovered')
    return {
      text: `✅ The stream ${name} of the audit log works again.`,
      blocks: [section(`✅ The stream ${name} of the audit log works again. It sends what waited.`)],
    }
  return {
    text: `⚠️ The stream ${name} of the audit log fails.`,
    blocks: [
      header('⚠️ A stream of the audit log fails'),
      section(
        `Its destination has taken no event of the stream ${name} since ${since === null ? 'some time' : moment(new Date(since))}. Events wait in the database, and none is lost. Until it works again, your SIEM does not see what happens here.`,
      ),
      { type: 'section', text: plain(problem ?? 'No reason is known.', 600) },
      context('Daypass tries again every minute. `daypass doctor` says how many events wait.'),
    ],
  }
}

export function erasureAsked({ erasureId, askedBy, about }: Notice<'erasure_asked'>): MessageContent {
  const whose = /^[UW]/.test(about)
    ? `everything that ${mention(about)} typed, and every text on their requests`
    : `every text that people typed on \`${inline(about)}\``
  const sure = confirm(
    'Erase these texts?',
    'They cannot be brought back. Who had what and when stays on record.',
    'Erase',
    'Cancel',
    'danger',
  )
  return {
    text: `${mention(askedBy)} asks to erase free texts.`,
    blocks: [
      header('Erase free texts?'),
      section(
        `${mention(askedBy)} asks to erase ${whose}. Another security lead has to confirm it. Events stay, and the proofs of the log hold.`,
      ),
      actions(
        button('Erase', recordActionIds.confirmErasure, erasureId, { style: 'danger', confirm: sure }),
        button('Do not erase', recordActionIds.declineErasure, erasureId),
      ),
    ],
  }
}
