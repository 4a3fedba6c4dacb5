import type { ConnectorSettings, EntitlementAccess } from '../domain/catalog.ts'
import { type Connector, ConnectorError } from '../domain/connector.ts'
import { checkTarget } from './postgres/check.ts'
import { issueCredentials } from './postgres/credentials.ts'
import { readEntitlements } from './postgres/entitlements.ts'
import { grantAccess } from './postgres/grant.ts'
import { listHoldings } from './postgres/list.ts'
import { revokeAccess } from './postgres/revoke.ts'
import { connectorSchema, entitlementSchema } from './postgres/schema.ts'
import { openTarget } from './postgres/target.ts'

/** How the catalog file reads this connector's part of a resource and of an entitlement. */
export const postgresCatalogSchema = {
  kind: 'postgres',
  connector: connectorSchema,
  /** Strict, and only the connector's own keys: give it those that are not common to all entitlements. */
  entitlement: entitlementSchema,
} as const

export interface PostgresConnectorOptions {
  /** The resource's entitlements as the catalog has them now: only those are granted, only as they stand there. */
  readonly entitlements: ReadonlyMap<string, { readonly access: EntitlementAccess }>
}

/** Access to a Postgres database through roles that last as long as the lease. See docs/connectors/postgres.md. */
export function createPostgresConnector(
  resource: { readonly id: string; readonly connector: ConnectorSettings },
  options: PostgresConnectorOptions,
): Connector {
  const settings = connectorSchema.parse(resource.connector)
  const entitlements = readEntitlements(resource.id, options.entitlements)
  const target = openTarget(resource.id, settings)
  return {
    kind: 'postgres',
    grant: (access) => target.deed((deed) => grantAccess(deed, target, entitlements, access)),
    revoke: (access) => target.deed((deed) => revokeAccess(deed, target, access)),
    issueCredentials: (access) => target.deed((deed) => issueCredentials(deed, target, access)),
    list: async function* () {
      yield* await target.deed((deed) => listHoldings(deed, resource.id))
    },
    check: async () => {
      try {
        return await target.deed((deed) => checkTarget(deed, target, entitlements))
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        return { ok: false, problems: [{ what: error.message, remedy: remedyOf(error) }] }
      }
    },
    close: () => target.close(),
  }
}

function remedyOf({ code }: ConnectorError): string {
  switch (code) {
    case 'unreachable':
    case 'timeout':
      return 'See that the database runs and can be reached from here, then check again.'
    case 'permission':
      return 'Correct user and password in the catalog, or what the database allows that user.'
    default:
      return 'Correct the resource in the catalog, then check again.'
  }
}
