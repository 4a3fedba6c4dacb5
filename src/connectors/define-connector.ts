import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { ConnectorSettings, LoginNeed } from '../domain/catalog.ts'
import {
  type AccessOrder,
  type Assurance,
  type Connector,
  ConnectorError,
  type Evidence,
} from '../domain/connector.ts'
import { contentFromJson, type EntitlementContent } from '../domain/entitlement-content.ts'

/** One kind of target system: all that Daypass knows of it. */
export interface ConnectorDefinition<Settings extends z.ZodObject, Content extends z.ZodObject> {
  /** `connector.kind` in the catalog. */
  readonly kind: string
  /** The other keys of `connector` in the catalog: strict, each with `.describe()`, which editors show. */
  readonly settings: Settings
  /** The connector's own keys of an entitlement: strict, described, and plain JSON as output. */
  readonly entitlement: Content
  /** The worth of a revocation: of every resource of this kind, or of one by its settings. */
  readonly assurance: Assurance | ((settings: z.output<Settings>) => Assurance)
  /**
   * For connectors that give access to an existing login: its name for people, such as "GitHub login", or null for content that
   * needs none. Somebody answerable must have confirmed the holder's, and orders carry it (`holder.identity`).
   */
  readonly login?: LoginNeed | ((content: z.output<Content>) => LoginNeed | null)
  /**
   * Makes the connector of one resource. It does no IO yet, and loads no client library: `await import(...)` does so at the
   * first connection, so that kinds which the catalog does not use cost nothing.
   */
  open(resource: OpenedResource<z.output<Settings>, z.output<Content>>): Connector<z.output<Content>>
}

/** A resource, as its connector sees it. */
export interface OpenedResource<Settings, Content> {
  readonly id: string
  readonly settings: Settings
  /** The present entitlements of the resource in the catalog, by id. */
  readonly offers: ReadonlyMap<string, Content>
}

/** Reads a value at its place in a file; null if it reported problems. */
type Read = <Schema extends z.ZodObject>(schema: Schema) => z.output<Schema> | null

/** A definition for those that know nothing of its types: the catalog file, editors, the registry. */
export interface ConnectorKind {
  readonly kind: string
  readonly settings: z.ZodObject
  readonly entitlement: z.ZodObject
  readSettings(read: Read): ConnectorSettings | null
  readContent(read: Read): EntitlementContent | null
}

/** The settings that a value was made from, to compare two. They hold secrets, so nothing else may read them. */
const settingsOf = new WeakMap<ConnectorSettings, unknown>()

/** Registers nothing by itself: add the result to `kinds.ts`. */
export function defineConnector<Settings extends z.ZodObject, Content extends z.ZodObject>(
  definition: ConnectorDefinition<Settings, Content>,
): ConnectorKind {
  const { kind, login } = definition
  const contents = rememberContents(definition.entitlement)
  return {
    kind,
    settings: definition.settings,
    entitlement: definition.entitlement,
    readSettings: (read) => {
      const settings = read(definition.settings)
      if (!settings) return null
      const assurance =
        typeof definition.assurance === 'function' ? definition.assurance(settings) : definition.assurance
      const result: ConnectorSettings = {
        kind,
        assurance,
        ...(login && {
          loginFor: (content) => {
            const typed = contents.typed(content)
            return typeof login === 'function' ? typed && login(typed) : login
          },
        }),
        isSame: (other) => other.kind === kind && isDeepStrictEqual(settingsOf.get(other), settings),
        open: ({ id, entitlements }) => {
          const offers = new Map(
            [...entitlements].map(([offer, { content }]) => [
              offer,
              required(contents.typed(content), id, offer),
            ]),
          )
          return untyped(definition.open({ id, settings, offers }), contents.typed, assurance)
        },
      }
      settingsOf.set(result, settings)
      return result
    },
    readContent: (read) => {
      const content = read(definition.entitlement)
      return content && contents.opaque(content)
    },
  }
}

/** Content from the catalog was read by the schema already; content from the database is read when it is first used. */
function rememberContents<Content extends z.ZodObject>(schema: Content) {
  const known = new WeakMap<EntitlementContent, z.output<Content>>()
  return {
    opaque(typed: z.output<Content>): EntitlementContent {
      const content = contentFromJson(typed)
      known.set(content, typed)
      return content
    },
    /** Null for what was approved under another version of the schema and is no longer understood. */
    typed(content: EntitlementContent | null): z.output<Content> | null {
      if (content === null) return null
      const typed = known.get(content) ?? schema.safeParse(content).data ?? null
      if (typed) known.set(content, typed)
      return typed
    },
  }
}

/** The connector as use-cases call it. To take access away, its content need not be understood any more. */
function untyped<Content>(
  connector: Connector<Content>,
  typed: (content: EntitlementContent | null) => Content | null,
  { proof }: Assurance,
): Connector {
  const { grantAll, revokeAll, issueCredentials, list, maintain } = connector
  const leave = <Order extends AccessOrder<EntitlementContent | null>>(order: Order) => ({
    ...order,
    content: typed(order.content),
  })
  const grantReadable = (orders: readonly AccessOrder[]) => {
    const read = orders.map((order) => ({ ...order, content: typed(order.content) }))
    const isReadable = (order: AccessOrder<Content | null>): order is AccessOrder<Content> =>
      order.content !== null
    const answers = (grantAll?.call(connector, read.filter(isReadable)) ?? []).values()
    return read.map((order) => (isReadable(order) ? nextOf(answers) : notUnderstood(order)))
  }
  const proven = async (evidence: Promise<Evidence>): Promise<Evidence> => ({ proof, ...(await evidence) })
  return {
    grant: async (order) => {
      const { content, resourceId, entitlementId } = order
      return proven(
        connector.grant({ ...order, content: required(typed(content), resourceId, entitlementId) }),
      )
    },
    revoke: (order) => proven(connector.revoke(leave(order))),
    check: () => connector.check(),
    close: () => connector.close(),
    ...(grantAll && { grantAll: (orders) => grantReadable(orders).map(proven) }),
    ...(revokeAll && { revokeAll: (orders) => revokeAll.call(connector, orders.map(leave)).map(proven) }),
    ...(issueCredentials && { issueCredentials: (order) => issueCredentials.call(connector, leave(order)) }),
    ...(list && { list: () => list.call(connector) }),
    ...(maintain && { maintain: () => maintain.call(connector) }),
  }
}

function required<Content>(content: Content | null, resourceId: string, entitlementId: string): Content {
  if (content !== null) return content
  throw contentProblem(resourceId, entitlementId)
}

async function notUnderstood({ resourceId, entitlementId }: AccessOrder<unknown>): Promise<never> {
  throw contentProblem(resourceId, entitlementId)
}

function contentProblem(resourceId: string, entitlementId: string): ConnectorError {
  return new ConnectorError(
    'misconfigured',
    `what ${entitlementId} of ${resourceId} gives is not understood by this version of Daypass: ask for it again`,
    { retryable: false },
  )
}

async function nextOf(answers: Iterator<Promise<Evidence>>): Promise<Evidence> {
  const { value } = answers.next()
  if (value) return value
  throw new Error('a connector left a grant without an answer')
}
