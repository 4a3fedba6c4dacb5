import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Policy } from '../../fixtures/targets/aws/policies.ts'
import { account, region } from '../../fixtures/targets/aws/root.ts'
import { type AwsTarget, startAws } from '../../fixtures/targets/aws.ts'
import { aws } from '../../src/connectors/aws/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { type BreakableProxy, openProxy } from './breakable-proxy.ts'

/** What every world of this kind has: AWS, and connectors that reach it through the proxy. */
export interface AwsGround {
  readonly target: AwsTarget
  readonly proxy: BreakableProxy
  /** The settings with which a resource reaches AWS through the proxy. */
  readonly atProxy: Readonly<Record<string, unknown>>
  open(
    settings: Readonly<Record<string, unknown>>,
    entitlements: Readonly<Record<string, Content>>,
    resourceId?: string,
    actions?: Readonly<Record<string, Content>>,
  ): Connector
  order(content: Content, changes?: Partial<AccessOrder>): AccessOrder
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** Policies of the page, in their order: Identity Center, roles of leases, the trust of a prepared role, prepared roles, actions. */
export function policiesOfPage(): Policy[] {
  const page = readFileSync(new URL('../../docs/connectors/aws.md', import.meta.url), 'utf8')
  return [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text = '']) => JSON.parse(text))
}

/** Daypass has exactly these rights. Its keys come from the environment, as the default chain of the SDK finds them. */
export async function makeAwsGround(rights: Policy | undefined): Promise<AwsGround> {
  if (!rights) throw new Error('the page names no such policy')
  const target = await startAws(rights)
  const proxy = await openProxy({ host: '127.0.0.1', port: target.gateway.port })
  const former = { ...process.env }
  process.env.AWS_ACCESS_KEY_ID = target.admin.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = target.admin.secretAccessKey
  const atProxy = { region, endpoint: `http://127.0.0.1:${proxy.port}`, timeout: '6s' }
  return {
    target,
    proxy,
    atProxy,
    secrets: [target.admin.secretAccessKey],
    open: (settings, entitlements, resourceId = 'aws', actions = {}) =>
      openConnector(aws, {
        id: resourceId,
        settings: { ...atProxy, ...settings },
        entitlements,
        actions,
      }),
    order: (content, changes = {}) => ({
      grantId: randomUUID(),
      reference: 'AR-1042',
      resourceId: 'aws',
      entitlementId: 'access',
      content: contentFromJson(content),
      holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
      until: new Date(Date.now() + 3_600_000),
      ...changes,
    }),
    close: async () => {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
        if (former[name] === undefined) delete process.env[name]
        else process.env[name] = former[name]
      }
      await proxy.break()
      await target.close()
    },
  }
}

export const policyArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`
