import type { Directory } from '../../../domain/directory.ts'
import { withoutEscapes } from '../../kit/text.ts'

/** People whose names are looked up: more would take too much of the three seconds in which a form opens. */
const mostNames = 5
const rememberedSeconds = 3_600

/**
 * The text of a message as people read it: names for mentions, addresses for links, no escapes. Bold and other marks stay.
 * https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
 */
export async function plainFromMrkdwn(mrkdwn: string, directory: Directory): Promise<string> {
  const names = await namesIn(mrkdwn, directory)
  return withoutEscapes(mrkdwn.replace(/<([^<>]*)>/g, (_, inside: string) => plainOf(inside, names)))
}

function plainOf(inside: string, names: ReadonlyMap<string, string>): string {
  const [, target = '', label = ''] = /^([^|]*)\|?(.*)$/.exec(inside) ?? []
  const sign = target[0] ?? ''
  const id = target.slice(1)
  if (sign === '@') return `@${names.get(id) ?? (label || id)}`
  if (sign === '#') return `#${label || id}`
  if (sign === '!') return label || `@${id.split('^')[0]}`
  const address = target.replace(/^mailto:/, '')
  return label === '' || target.endsWith(label) ? address : `${label} (${address})`
}

async function namesIn(mrkdwn: string, directory: Directory): Promise<Map<string, string>> {
  const ids = [...mrkdwn.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g)].map(([, id = '']) => id)
  const names = new Map<string, string>()
  await Promise.all(
    [...new Set(ids)].slice(0, mostNames).map(async (id) => {
      // Without Slack's answer the id stands in the text.
      const account = await directory.account(id, { maxAgeSeconds: rememberedSeconds }).catch(() => null)
      if (account) names.set(id, account.displayName)
    }),
  )
  return names
}
