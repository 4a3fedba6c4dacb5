import { createHash } from 'node:crypto'

/**
 * One key per Slack interaction: a redelivery has the same key, so Daypass recognises it. The key is a hash, because a
 * trigger id opens forms.
 */
export function interactionKey(kind: 'command' | 'view' | 'action' | 'delivery', id: string): string {
  return createHash('sha256').update(`${kind}:${id}`).digest('hex')
}
