import type { ConnectorKind } from './define-connector.ts'
import { mysql } from './mysql/connector.ts'
import { postgres } from './postgres/connector.ts'
import { redis } from './redis/connector.ts'

/** Every kind of target system: from here the catalog, its JSON Schema, `check`, `doctor` and the registry know it. */
export const connectorKinds: readonly ConnectorKind[] = [postgres, mysql, redis]
