import type { KnownBlock } from '@slack/types'
import { shortHash } from '../../domain/rules-version.ts'
import type { SecurityNotice } from '../../domain/security-notice.ts'
import { holdNotice } from '../features/holds/messages.ts'
import { freezeNotice } from '../features/panic/messages.ts'
import { erasureAsked, recordCheckpoint, recordFaulty, streamNotice } from '../features/record/notices.ts'
import { context, header, type MessageContent, section, textMessage } from '../kit/blocks.ts'
import { code, inline, mention, plain } from '../kit/text.ts'
import { passkeyNotice } from './passkey-notice.ts'

/** A message to the security channel that belongs to no request. */
export function securityNotice(notice: SecurityNotice): MessageContent {
  switch (notice.kind) {
    case 'rules_refused':
      return rulesRefused(notice)
    case 'policies_not_evaluated':
      return notEvaluated(notice)
    case 'report_not_made':
      return textMessage(
        `⚠️ The scheduled report ${code(notice.schedule)} (${inline(notice.report, 60)}) could not be posted: ${inline(notice.because, 600)}`,
      )
    case 'rule_failed':
      return textMessage(
        `⚠️ The noticing rule ${code(notice.rule)} failed, so it may have missed something. The other rules go on. Ask those who run Daypass to look at the log of the workers: ${inline(notice.error, 300)}. This is told once a day.`,
      )
    case 'sponsor_left':
      return sponsorLeft(notice)
    case 'access_drifted':
      return accessDrifted(notice)
    case 'passkey_added':
    case 'passkey_removed':
    case 'passkey_code_issued':
      return passkeyNotice(notice, 'security')
    case 'sign_in_not_linked':
      return signInNotLinked(notice)
    case 'record_faulty':
      return recordFaulty(notice)
    case 'record_checkpoint':
      return recordCheckpoint(notice)
    case 'stream':
      return streamNotice(notice)
    case 'erasure_asked':
      return erasureAsked(notice)
    case 'hold':
      return holdNotice(notice)
    case 'freeze':
      return freezeNotice(notice)
  }
}

type Notice<Kind extends SecurityNotice['kind']> = Extract<SecurityNotice, { kind: Kind }>

function sponsorLeft({
  sponsorUserId,
  contractorUserIds,
  contractorCount,
}: Notice<'sponsor_left'>): MessageContent {
  const more = contractorCount - contractorUserIds.length
  const who = `${contractorUserIds.map(mention).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return {
    text: '⚠️ A sponsor has left. The engagements of their contractors allow nothing until somebody takes them over.',
    blocks: [
      header('⚠️ A sponsor has left'),
      section(
        `${mention(sponsorUserId)} is no longer a full member of this workspace. Until another employee takes over, these contractors may do nothing, and their access is being revoked: ${who}.`,
      ),
      context('Take over or hand over with `/contractors`.'),
    ],
  }
}

function signInNotLinked({ userId, subject, issuer }: Notice<'sign_in_not_linked'>): MessageContent {
  return {
    text: '⚠️ Somebody signed in with an account of the company that is not linked to them.',
    blocks: [
      header('⚠️ A sign-in is not linked'),
      section(
        `${mention(userId)} signed in at ${inline(issuer, 200)} as \`${inline(subject, 200)}\`. Daypass does not know this account as theirs, so it counts for nothing.`,
      ),
      context(
        'Ask them by another way whether it was them. A security lead can link it: *Passkeys…* on the Home tab of Daypass.',
      ),
    ],
  }
}

function rulesRefused({ running, refused, problems, problemCount }: Notice<'rules_refused'>): MessageContent {
  const more = problemCount - problems.length
  const hashes = (version: typeof running) =>
    `catalog \`${shortHash(version.catalog)}\`, policies \`${shortHash(version.policies)}\``
  return {
    text: '🚨 The changed catalog or policies are refused, and the version before stays in force.',
    blocks: [
      header('🚨 Changed rules are refused'),
      section(
        'Somebody changed the catalog or the policies, and the new version cannot be used. The version before stays in force until the files are corrected.',
      ),
      ...quoted(problems),
      context(
        `${more > 0 ? `${more} more problems. ` : ''}\`daypass check\` lists them all. In force: ${hashes(running)}. Refused: ${hashes(refused)}.`,
      ),
    ],
  }
}

function notEvaluated({
  action,
  resourceId,
  entitlementId,
  errors,
}: Notice<'policies_not_evaluated'>): MessageContent {
  const what = [resourceId, entitlementId].filter((id) => id !== null).join('/')
  return {
    text: '🚨 Policies could not be evaluated, so somebody was refused.',
    blocks: [
      header('🚨 Policies could not be evaluated'),
      section(
        `Somebody was refused \`${action}\`${what === '' ? '' : ` for \`${inline(what)}\``}, because in doubt the answer is no. Correct the policies, or what they ask for.`,
      ),
      ...quoted(errors.slice(0, 5)),
      context('The same is told once a day at the most. The audit log has every refusal.'),
    ],
  }
}

function quoted(texts: readonly string[]): KnownBlock[] {
  return texts.map((text) => ({ type: 'section', text: plain(text, 600) }))
}

function accessDrifted({
  resourceId,
  found,
  outcome,
  detail,
  reference,
}: Notice<'access_drifted'>): MessageContent {
  const where = `\`${inline(resourceId)}\``
  const what =
    found === 'unaccounted'
      ? `${where} holds access that Daypass made and no grant accounts for`
      : `Access that a grant accounts for is missing at ${where}`
  const next = {
    announced: 'The catalog says that it is only announced: remove it by hand.',
    to_be_removed:
      'Daypass removes it in a while. If another Daypass made it, give that one another resource id.',
    removed: 'Daypass has removed it, and read back that it is gone.',
    restored: 'Daypass has given it again, until the end of its lease.',
    not_restored: 'Daypass could not give it again, and tries again later.',
    ended: 'Daypass ends its lease.',
  }[outcome]
  const about = reference === null ? 'No request of this database is known for it.' : `Request ${reference}.`
  return {
    text: `⚠️ ${what}. ${next}`,
    blocks: [
      header('⚠️ A target and the grants disagree'),
      section(`${what}. ${next}`),
      ...quoted([detail]),
      context(about),
    ],
  }
}
