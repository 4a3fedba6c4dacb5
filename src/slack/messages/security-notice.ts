import { shortHash } from '../../domain/rules-version.ts'
import type { SecurityNotice } from '../../domain/security-notice.ts'
import { context, header, type MessageContent, section } from '../kit/blocks.ts'
import { plain } from '../kit/text.ts'

/** A message to the security channel that belongs to no request. */
export function securityNotice(notice: SecurityNotice): MessageContent {
  const { running, refused, problems, problemCount } = notice
  const text = '🚨 The changed catalog or policies are refused, and the version before stays in force.'
  const more = problemCount - problems.length
  return {
    text,
    blocks: [
      header('🚨 Changed rules are refused'),
      section(
        'Somebody changed the catalog or the policies, and the new version cannot be used. The version before stays in force until the files are corrected.',
      ),
      ...problems.map((problem) => ({ type: 'section' as const, text: plain(problem, 600) })),
      context(
        `${more > 0 ? `${more} more problems. ` : ''}\`daypass check\` lists them all. In force: catalog \`${shortHash(running.catalog)}\`, policies \`${shortHash(running.policies)}\`. Refused: catalog \`${shortHash(refused.catalog)}\`, policies \`${shortHash(refused.policies)}\`.`,
      ),
    ],
  }
}
