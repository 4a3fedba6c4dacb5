import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import type { LiveAccount } from './accounts.ts'
import type { Target } from './target.ts'

/**
 * Invitations that people must accept. GitHub does not say whether one was declined: it is then gone, like one that was never
 * sent. This process remembers those that it sent, so that nobody is invited again every minute.
 */
export interface Invitations {
  sent(grantId: string): void
  wasSent(grantId: string): boolean
  forget(grantId: string): void
  /** What the activation waits for. */
  awaiting(order: AccessOrder<unknown>, account: LiveAccount, address: string): ConnectorError
  /** The one that was sent is not there any more, and neither is the access. */
  gone(order: AccessOrder<unknown>, account: LiveAccount): ConnectorError
  /** Where the invitation to the organisation is accepted. */
  ofOrganization(): string
}

export function openInvitations({ resourceId, settings }: Target): Invitations {
  const sent = new Set<string>()
  const { organization, apiUrl } = settings
  const site = apiUrl === 'https://api.github.com' ? 'https://github.com' : apiUrl.replace(/\/api\/v3$/, '')
  return {
    sent: (grantId) => void sent.add(grantId),
    wasSent: (grantId) => sent.has(grantId),
    forget: (grantId) => void sent.delete(grantId),
    ofOrganization: () => `${site}/orgs/${organization}/invitation`,
    awaiting: ({ holder }, { login }, address) => {
      const message = `${holder.displayName} must accept the invitation of ${organization} as ${login}, at ${address}.`
      return new ConnectorError('awaiting_person', message, { retryable: true })
    },
    gone: ({ grantId }, { login }) => {
      sent.delete(grantId)
      const message = `${resourceId}: the invitation of ${login} is gone: it was declined or cancelled, or it expired. Ask again for another one.`
      return new ConnectorError('conflict', message, { retryable: false })
    },
  }
}
