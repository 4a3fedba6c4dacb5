import { type Connection, openConnection } from './connection.ts'
import { codes, hasCode, toConnectorError } from './errors.ts'
import { type Filter, type Ldapts, toLdapFilter } from './filter.ts'
import type { LdapSettings } from './schema.ts'

/** The directory of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: LdapSettings
  /** Runs calls to the directory, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (ldap: Ldap) => Promise<T>): Promise<T>
  close(): void
}

/** Calls of one operation. What the directory refuses is thrown with its result code (`hasCode`). */
export interface Ldap {
  readonly lib: Ldapts
  /** Null: there is no such entry, or Daypass may not see it. */
  read(dn: string, attributes: readonly string[], filter?: Filter): Promise<LdapEntry | null>
  /** What the filter finds below. `atMost`: more are not asked for. Without it, over all pages. */
  find(base: string, filter: Filter, attributes: readonly string[], atMost?: number): Promise<LdapEntry[]>
  /** Whether the entry has this value, compared as the directory compares. */
  compare(dn: string, attribute: string, value: string): Promise<boolean>
  add(dn: string, values: Values): Promise<void>
  modify(dn: string, changes: readonly EntryChange[]): Promise<void>
  remove(dn: string): Promise<void>
  extended(oid: string, value: Buffer): Promise<void>
}

export type Values = Readonly<Record<string, readonly (string | Buffer)[]>>

export interface EntryChange {
  readonly operation: 'add' | 'delete' | 'replace'
  readonly attribute: string
  readonly values: readonly (string | Buffer)[]
}

export interface LdapEntry {
  readonly dn: string
  text(attribute: string): string[]
  bytes(attribute: string): Buffer | null
}

export function openTarget(resourceId: string, settings: LdapSettings): Target {
  const connection: Connection = openConnection(resourceId, settings)
  return {
    resourceId,
    settings,
    operation: (run) =>
      connection
        .run((bound) => run(openLdap(bound)))
        .catch((error) => Promise.reject(toConnectorError(error, resourceId))),
    close: () => connection.close(),
  }
}

/** These are bytes, not text. */
const binaryAttributes = ['objectGUID', 'objectSid']
const inOnePage = 500

function openLdap({ lib, client }: Parameters<Parameters<Connection['run']>[0]>[0]): Ldap {
  const attribute = (type: string, values: readonly (string | Buffer)[]) =>
    // The library writes bytes too, though its type does not say so.
    new lib.Attribute({ type, values: [...values] as string[] })
  const search: (
    base: string,
    options: { filter: Filter; attributes: readonly string[]; scope: 'base' | 'sub'; atMost?: number },
  ) => Promise<LdapEntry[]> = async (base, { filter, attributes, scope, atMost }) => {
    const { searchEntries } = await client().search(base, {
      scope,
      filter: toLdapFilter(lib, filter),
      attributes: [...attributes],
      explicitBufferAttributes: binaryAttributes,
      ...(scope === 'sub' &&
        (atMost === undefined ? { paged: { pageSize: inOnePage } } : { sizeLimit: atMost })),
    })
    return searchEntries.map(entryOf)
  }
  return {
    lib,
    read: async (dn, attributes, filter = { present: 'objectClass' }) => {
      const found = await search(dn, { filter, attributes, scope: 'base' }).catch(unlessAbsent)
      return found?.[0] ?? null
    },
    find: (base, filter, attributes, atMost) =>
      search(base, { filter, attributes, scope: 'sub', ...(atMost !== undefined && { atMost }) }),
    compare: (dn, name, value) =>
      client()
        .compare(dn, name, value)
        .catch((error) => (hasCode(error, codes.noSuchAttribute) ? false : Promise.reject(error))),
    add: (dn, values) =>
      client().add(
        dn,
        Object.entries(values).map(([type, value]) => attribute(type, value)),
      ),
    modify: (dn, changes) =>
      client().modify(
        dn,
        changes.map(
          ({ operation, attribute: type, values }) =>
            new lib.Change({ operation, modification: attribute(type, values) }),
        ),
      ),
    remove: (dn) => client().del(dn),
    extended: async (oid, value) => {
      await client().exop(oid, value)
    },
  }
}

function unlessAbsent(error: unknown): null {
  if (hasCode(error, codes.noSuchObject)) return null
  throw error
}

type RawEntry = Readonly<Record<string, Buffer | Buffer[] | string[] | string>> & { readonly dn: string }

/** Names of attributes are the same in capitals and small letters. */
function entryOf(raw: RawEntry): LdapEntry {
  const values = new Map(Object.entries(raw).map(([name, value]) => [name.toLowerCase(), [value].flat()]))
  const of = (attribute: string) => values.get(attribute.toLowerCase()) ?? []
  return {
    dn: raw.dn,
    text: (attribute) => of(attribute).filter((value) => typeof value === 'string'),
    bytes: (attribute) => of(attribute).find((value) => Buffer.isBuffer(value)) ?? null,
  }
}
