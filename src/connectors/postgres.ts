import type { ConnectorSettings, EntitlementAccess } from '../domain/catalog.ts'
import { type Access, type Connector, ConnectorError } from '../domain/connector.ts'
import { checkTarget } from './postgres/check.ts'
import { issueCredentials } from './postgres/credentials.ts'
import { offeredRoles, readOffers } from './postgres/entitlements.ts'
import { grantAccess } from './postgres/grant.ts'
import { removeLeftovers } from './postgres/leftovers.ts'
import { listHoldings } from './postgres/list.ts'
import { entitlementRole } from './postgres/names.ts'
import { revokeAccess } from './postgres/revoke.ts'
import { connectorSchema, entitlementSchema } from './postgres/schema.ts'
import { openTarget, type Target } from './postgres/target.ts'
import { dropFormerRoles } from './postgres/unused-roles.ts'

/** How the catalog file reads this connector's part of a resource and of an entitlement. */
export const postgresCatalogSchema = {
  kind: 'postgres',
  connector: connectorSchema,
  /** Strict, and only the connector's own keys: give it those that are not common to all entitlements. */
  entitlement: entitlementSchema,
} as const

export interface PostgresConnectorOptions {
  /** The resource's entitlements as the catalog has them now. */
  readonly entitlements: ReadonlyMap<string, { readonly access: EntitlementAccess }>
}

/** Access to a Postgres database through roles that last as long as the lease. See docs/connectors/postgres.md. */
export function createPostgresConnector(
  resource: { readonly id: string; readonly connector: ConnectorSettings },
  options: PostgresConnectorOptions,
): Connector {
  const settings = connectorSchema.parse(resource.connector)
  const offers = readOffers(resource.id, options.entitlements)
  const target = openTarget(resource.id, settings)
  const current = offeredRoles(target, offers)
  return {
    kind: 'postgres',
    grant: (access) => target.operation((operation) => grantAccess(operation, target, current, access)),
    revoke: (access) =>
      target.operation(async (operation) => {
        const evidence = await revokeAccess(operation, target, access)
        if (!current.has(entitlementRoleOf(target, access))) await dropFormerRoles(operation, target, current)
        return evidence
      }),
    issueCredentials: (access) =>
      target.operation((operation) => issueCredentials(operation, target, access)),
    list: async function* () {
      yield* await target.operation((operation) => listHoldings(operation, resource.id))
    },
    check: async () => {
      try {
        return await target.operation((operation) => checkTarget(operation, target, offers))
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        return { ok: false, problems: [{ what: error.message, remedy: remedyOf(error) }] }
      }
    },
    maintain: async () => {
      await target.keepOpen()
      await target.operation((operation) => removeLeftovers(operation, target, offers))
    },
    close: () => target.close(),
  }
}

function entitlementRoleOf({ address }: Target, access: Access): string {
  return entitlementRole({ ...access, database: address.database, content: access.entitlement })
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
