import { randomUUID } from 'node:crypto'
import type { ConnectorKind } from '../../src/connectors/define-connector.ts'
import type { Parameter } from '../../src/domain/action.ts'
import type { RunOrder } from '../../src/domain/connector.ts'
import type { EntitlementContent } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from '../contract/_open-connector.ts'

/** The runs of one action of a connector, and orders of it. */
export function openAction(
  kind: ConnectorKind,
  settings: Readonly<Record<string, unknown>>,
  content: Content,
) {
  const connector = openConnector(kind, {
    id: 'target',
    settings,
    entitlements: {},
    actions: { it: content },
  })
  const { runs } = connector
  if (!runs) throw new Error('no runs')
  const order = (values: Record<string, string> = {}): RunOrder => ({
    runId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'target',
    actionId: 'it',
    content: contentOf(kind, content),
    values,
    previewedRows: null,
    requester: { displayName: 'Carl', userId: 'U0CARL' },
  })
  return { connector, runs, order, check: () => connector.check() }
}

function contentOf(kind: ConnectorKind, written: Content): EntitlementContent {
  const content = kind.action?.readContent((schema) => schema.parse(written))
  if (!content) throw new Error('no content')
  return content
}

/** The faults of a template, as `check` finds them. */
export function faultsOf(
  kind: ConnectorKind,
  written: Content,
  parameters: readonly Parameter[] = [],
): string[] {
  const found = kind.action?.problems(contentOf(kind, written), parameters) ?? []
  return found.map(({ key, what }) => `${key}: ${what}`)
}

/** The text that people approve. */
export function textOf(
  kind: ConnectorKind,
  settings: Readonly<Record<string, unknown>>,
  written: Content,
  values: Record<string, string>,
): string | undefined {
  return kind
    .readSettings((schema) => schema.parse(settings))
    ?.renderAction?.(contentOf(kind, written), values)
}
