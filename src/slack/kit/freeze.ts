import type { Freeze, Scope } from '../../domain/freeze.ts'
import { code, inline, mention, moment } from './text.ts'

/** What is frozen or taken back: `everything`, one system, or one person. */
export function scopeText(scope: Scope): string {
  switch (scope.kind) {
    case 'person':
      return mention(scope.account.userId)
    case 'resource':
      return code(scope.resourceId)
    case 'all':
      return 'everything'
  }
}

/** Why nothing is granted, and until when. mrkdwn. */
export function frozenSentence(freeze: Freeze): string {
  return `❄️ ${nothingIsGranted(freeze.scope)} ${untilText(freeze)}. ${mention(freeze.madeBy.userId)} froze it, because: “${inline(freeze.reason, 300)}”`
}

function nothingIsGranted(scope: Scope): string {
  switch (scope.kind) {
    case 'person':
      return `Nothing is granted to ${mention(scope.account.userId)}`
    case 'resource':
      return `Nothing is granted on ${code(scope.resourceId)}`
    case 'all':
      return 'Nothing is granted on any system'
  }
}

export function untilText({ endsAt }: Pick<Freeze, 'endsAt'>): string {
  return endsAt === null ? 'until a security lead lifts this' : `until ${moment(endsAt)}`
}
