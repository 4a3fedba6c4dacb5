import { type AccessOrder, ConnectorError, type Credentials, type Evidence } from '../../domain/connector.ts'
import type { ReceiverEvidence } from './answers.ts'
import { leaseCall, type Order } from './messages.ts'
import type { Receiver } from './receiver.ts'
import type { WebhookEntitlement } from './schema.ts'

export async function grantAccess(
  receiver: Receiver,
  order: AccessOrder<WebhookEntitlement>,
): Promise<Evidence> {
  const { resourceId } = receiver
  if (lacksLogin(order)) throw loginMissing(order)
  if (order.until <= new Date()) {
    const message = `${resourceId}: the lease ended ${order.until.toISOString()}`
    throw new ConnectorError('conflict', message, { retryable: false })
  }
  const answer = await receiver.ask('grant', leaseCall('grant', order))
  if (!answer.granted) {
    const message = `${resourceId}: the receiver says that it does not give the access.${quoted(answer.reason)}`
    throw new ConnectorError('conflict', message, { retryable: false })
  }
  if (receiver.settings.reads && !(await isHeld(receiver, { ...order, alsoHeld: [] }))) {
    const message = `${resourceId}: the receiver says that it gave the access and, asked again, that nothing is there.`
    throw new ConnectorError('not_granted', message, { retryable: true })
  }
  return evidenceOf(receiver, 'the access is given', answer.evidence)
}

export async function revokeAccess(receiver: Receiver, order: Order): Promise<Evidence> {
  const { resourceId } = receiver
  if (lacksLogin(order)) return neverGiven(order)
  const answer = await receiver.ask('revoke', leaseCall('revoke', order))
  if (!answer.revoked) {
    const message = `${resourceId}: the receiver says that the access is not taken away.${quoted(answer.reason)}`
    throw new ConnectorError('still_present', message, { retryable: true })
  }
  if (receiver.settings.reads && (await isHeld(receiver, order))) {
    const message = `${resourceId}: the receiver says that it took the access away and, asked again, that it is still there.`
    throw new ConnectorError('still_present', message, { retryable: true })
  }
  const { at, what } = answer.residualUntil ?? {}
  return {
    ...evidenceOf(receiver, 'the access is gone', answer.evidence),
    ...(at && what ? { residualUntil: { at: new Date(at), what } } : {}),
  }
}

/** Whether the receiver shows the access, besides that which the leases in `alsoHeld` give. */
export async function isHeld(receiver: Receiver, order: Order): Promise<boolean> {
  const { held } = await receiver.ask('read', leaseCall('read', order))
  return held
}

/** Only for the caller: nothing of it is stored, logged or told in an error. */
export async function issueCredentials(receiver: Receiver, order: Order): Promise<Credentials> {
  const { credentials } =
    order.until <= new Date()
      ? { credentials: null }
      : await receiver.ask('credentials', leaseCall('credentials', order))
  if (credentials) return { ...credentials, expiresAt: order.until }
  const message = `${receiver.resourceId}: there is no such access: its lease has ended, or it was not granted`
  throw new ConnectorError('not_granted', message, { retryable: false })
}

/** Content that nobody can read any more may have needed a login: the receiver is asked. */
function lacksLogin({ content, holder }: Order): boolean {
  return content?.login !== undefined && holder.identity === undefined
}

function loginMissing({ resourceId, content }: AccessOrder<WebhookEntitlement>): ConnectorError {
  const message = `${resourceId}: nobody has confirmed the ${content.login} of the holder, so nothing is given`
  return new ConnectorError('conflict', message, { retryable: false })
}

function neverGiven({ content }: Order): Evidence {
  const summary = `Nothing was given, because nobody had confirmed the ${content?.login} of the holder.`
  return { readAt: new Date(), summary, facts: { asked: false } }
}

function evidenceOf(
  { host, settings }: Receiver,
  said: string,
  { summary, facts }: ReceiverEvidence,
): Evidence {
  const ofReceiver = Object.entries(facts).map(([name, value]) => [`said.${name}`, value] as const)
  return {
    readAt: new Date(),
    summary: `The receiver says that ${said}${summary ? `: “${summary}”.` : '.'}`,
    facts: {
      receiver: host,
      signedAnswer: settings.signedAnswers,
      askedAgain: settings.reads,
      ...Object.fromEntries(ofReceiver),
    },
  }
}

function quoted(reason: string | undefined): string {
  return reason ? ` It says: “${reason}”` : ''
}
