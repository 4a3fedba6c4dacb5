import { aws } from './aws/connector.ts'
import type { ConnectorKind } from './define-connector.ts'
import { github } from './github/connector.ts'
import { kubernetes } from './kubernetes/connector.ts'
import { ldap } from './ldap/connector.ts'
import { manual } from './manual/connector.ts'
import { mysql } from './mysql/connector.ts'
import { postgres } from './postgres/connector.ts'
import { redis } from './redis/connector.ts'
import { scim } from './scim/connector.ts'
import { slack } from './slack/connector.ts'
import { ssh } from './ssh/connector.ts'
import { webhook } from './webhook/connector.ts'

/** Every kind of target system: from here the catalog, its JSON Schema, `check`, `doctor` and the registry know it. */
export const connectorKinds: readonly ConnectorKind[] = [
  postgres,
  mysql,
  redis,
  aws,
  kubernetes,
  ssh,
  github,
  ldap,
  scim,
  slack,
  webhook,
  manual,
]
