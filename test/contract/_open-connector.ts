import type { ConnectorKind } from '../../src/connectors/define-connector.ts'
import type { Entitlement } from '../../src/domain/catalog.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'

/** An entitlement's own part, as it stands in the catalog. */
export type Content = Readonly<Record<string, unknown>>

/** A connector as the catalog would make it. */
export function openConnector(
  kind: ConnectorKind,
  resource: {
    readonly id: string
    readonly settings: Readonly<Record<string, unknown>>
    readonly entitlements: Readonly<Record<string, Content>>
    readonly actions?: Readonly<Record<string, Content>>
    /** User groups whose members decide something by the catalog. */
    readonly decidingGroups?: readonly string[]
  },
): Connector {
  const settings = kind.readSettings((schema) => schema.parse(resource.settings))
  if (!settings) throw new Error('no settings')
  const entitlements = new Map<string, Pick<Entitlement, 'content' | 'action'>>()
  for (const [id, content] of Object.entries(resource.entitlements)) {
    entitlements.set(id, { content: contentFromJson(content) })
  }
  for (const [id, written] of Object.entries(resource.actions ?? {})) {
    const content = kind.action?.readContent((schema) => schema.parse(written))
    if (!content) throw new Error(`${kind.kind} has no actions`)
    const redact = { columns: [], patterns: [] }
    entitlements.set(id, { content, action: { parameters: [], keepOutputSeconds: null, redact } })
  }
  const { id, decidingGroups = [] } = resource
  return settings.open({ id, entitlements, isDecidingGroup: (group) => decidingGroups.includes(group) })
}
