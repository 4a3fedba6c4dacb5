import type { NamedScope } from '../../../domain/freeze.ts'
import { parseReference, type Reference } from '../../../domain/request.ts'
import { clip, code, unescaped } from '../../kit/text.ts'

/** The text after `/revoke`, parsed. `reason` and `until` fill the form, where the person can still change them. */
export type RevokeLine =
  | { readonly kind: 'help' | 'list' }
  | { readonly kind: 'revoke'; readonly scope: NamedScope; readonly reason: string }
  | { readonly kind: 'one'; readonly reference: Reference; readonly reason: string }
  | { readonly kind: 'freeze'; readonly scope: NamedScope; readonly reason: string; readonly until: string }
  | { readonly kind: 'lift'; readonly scope: NamedScope }
  /** mrkdwn. */
  | { readonly kind: 'problem'; readonly message: string }

/** Reads `@carla because …`, `orders-db`, `everything`, `AR-1042`, `freeze orders-db for 4h because …`, `lift orders-db`, `freezes`. */
export function parseRevokeLine(text: string): RevokeLine {
  const because = /(?:^|\s)because(?:\s|$)/i.exec(text)
  const before = because ? text.slice(0, because.index) : text
  const reason = because ? unescaped(text.slice(because.index + because[0].length).trim()) : ''
  const words = before.split(/\s+/).filter((word) => word !== '')
  const [first = '', ...rest] = words
  if (first === '' || /^(help|\?|--help|-h)$/i.test(first)) return { kind: 'help' }
  if (/^freezes$/i.test(first)) return { kind: 'list' }
  if (/^freeze$/i.test(first)) return freezeLine(rest, reason)
  if (/^(lift|unfreeze)$/i.test(first)) return rest.length === 0 ? { kind: 'list' } : withScope(rest, 'lift')
  const reference = parseReference(first)
  if (reference && rest.length === 0) return { kind: 'one', reference, reason }
  const read = withScope(words, 'revoke')
  return read.kind === 'revoke' ? { ...read, reason } : read
}

function freezeLine([name = '', ...rest]: readonly string[], reason: string): RevokeLine {
  if (name === '')
    return { kind: 'problem', message: `Say what to freeze: \`/revoke freeze orders-db\`. ${example}` }
  const [word = '', until = '', ...more] = rest
  if (word !== '' && (!/^(for|until)$/i.test(word) || until === '' || more.length > 0))
    return { kind: 'problem', message: `I do not understand ${shown(rest.join(' '))}. ${example}` }
  const read = withScope([name], 'lift')
  return read.kind === 'lift' ? { kind: 'freeze', scope: read.scope, reason, until } : read
}

const example = 'For example: `/revoke freeze orders-db for 4h because INC-42`.'

function withScope<Kind extends 'revoke' | 'lift'>(
  [name = '', ...rest]: readonly string[],
  kind: Kind,
): { kind: Kind; scope: NamedScope; reason: string } | { kind: 'problem'; message: string } {
  if (rest.length > 0)
    return {
      kind: 'problem',
      message: `I do not understand ${shown(rest.join(' '))}. Write the reason after the word \`because\`.`,
    }
  const user = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(name)
  if (user?.[1]) return { kind, scope: { kind: 'person', userId: user[1] }, reason: '' }
  if (/^(everything|everyone|all)$/i.test(name)) return { kind, scope: { kind: 'all' }, reason: '' }
  if (name.startsWith('@'))
    return {
      kind: 'problem',
      message: `Slack did not say who ${shown(name)} is. Type \`@\` and pick the person from the list that opens.`,
    }
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name))
    return { kind: 'problem', message: `I do not understand ${shown(name)}. Try \`/revoke help\`.` }
  return { kind, scope: { kind: 'resource', resourceId: name.toLowerCase() }, reason: '' }
}

function shown(words: string): string {
  return code(clip(words, 40))
}
