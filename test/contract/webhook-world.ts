import { randomUUID } from 'node:crypto'
import { accessOf } from '../../fixtures/targets/webhook-access.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../fixtures/targets/webhook-receiver.ts'
import { webhook } from '../../src/connectors/webhook/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** A receiver of ours over https, and the system behind it. */
export interface WebhookWorld extends ConnectorWorld {
  readonly receiver: WebhookReceiver
  /** A connector with other settings for the same receiver. */
  withSettings(settings: Readonly<Record<string, unknown>>): Connector
  access(changes?: Partial<AccessOrder>): AccessOrder
}

interface WorldOptions {
  /** The access is given to a login that exists already. */
  readonly login?: boolean
  readonly settings?: Readonly<Record<string, unknown>>
  readonly tls?: boolean
}

const parameters = { role: 'editor', spaces: ['eu'] }

export async function makeWebhookWorld({
  login = false,
  settings = {},
  tls = true,
}: WorldOptions = {}): Promise<WebhookWorld> {
  const receiver = await startWebhookReceiver({ tls, signsAnswers: settings.signedAnswers === true })
  const proxy = await openProxy({ host: '127.0.0.1', port: receiver.port })
  const content: Content = login ? { parameters, login: 'CRM login' } : { parameters }
  const opened: Connector[] = []
  const settingsWith = (changes: Readonly<Record<string, unknown>>) => {
    const all = {
      url: receiver.url(proxy.port),
      secrets: [...receiver.secrets],
      ...(receiver.caFile ? { caFile: receiver.caFile } : { allowHttp: true }),
      allowAddresses: ['127.0.0.1'],
      timeout: '2s',
      ...settings,
      ...changes,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  const withSettings: WebhookWorld['withSettings'] = (changes) => {
    const connector = openConnector(webhook, {
      id: 'crm',
      settings: settingsWith(changes),
      entitlements: { 'edit-accounts': content },
    })
    opened.push(connector)
    return connector
  }
  const access: WebhookWorld['access'] = (changes) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'crm',
    entitlementId: 'edit-accounts',
    content: contentFromJson(content),
    holder: {
      displayName: 'Casey Lee',
      userId: 'U0CASEY',
      ...(login ? { identity: `casey-${randomUUID().slice(0, 8)}` } : {}),
    },
    until: new Date(Date.now() + 3_600_000),
    ...changes,
  })
  const keyOf = ({ grantId, holder }: AccessOrder) => ({
    resource: 'crm',
    grant: grantId,
    parameters,
    holder: { login: holder.identity ?? null },
  })
  const { system } = receiver
  const [secret = ''] = receiver.secrets
  return {
    receiver,
    proxy,
    connector: withSettings({}),
    withSettings,
    access,
    secrets: [secret, secret.replace('whsec_', '')],
    inCatalog: {
      resource: 'crm',
      entitlement: 'edit-accounts',
      connector: { kind: 'webhook', ...settingsWith({}) },
      content,
    },
    freshAccess: () => access(),
    holds: async (order) => system.holds(keyOf(order)),
    rawState: async () => system.accesses(),
    use: async () => {
      throw new Error('nothing of a receiver can be used')
    },
    accepts: async ({ fields }) => {
      const [user = '', password = ''] = fields.map(({ value }) => value)
      return system.letsIn(user, password)
    },
    plantStranger: async () => {
      const strangers = [`other grant ${randomUUID()}`, `crm login backup ${JSON.stringify(parameters)}`]
      for (const stranger of strangers) system.give(stranger)
      return async () => strangers.forEach(system.take)
    },
    giveByHand: async (order) => {
      system.give(accessOf(keyOf(order)))
      return async () => system.take(accessOf(keyOf(order)))
    },
    handChanges: { removed: async (order) => system.take(accessOf(keyOf(order))) },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
      await receiver.close()
    },
  }
}
