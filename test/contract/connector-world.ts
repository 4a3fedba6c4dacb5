import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import type { BreakableProxy } from './breakable-proxy.ts'

/** A connector with a real target, and ways to inspect that target without the connector. */
export interface ConnectorWorld {
  /** It reaches the target through `proxy`, as the least powerful admin that the documentation names. */
  readonly connector: Connector
  readonly proxy: BreakableProxy
  /** The same target as a resource of a catalog, with one entitlement. */
  readonly inCatalog?: SystemInCatalog
  /**
   * A lease that was never granted, an hour long. Each call makes another one, for the same person and entitlement. Where the
   * access is given to an existing login, each has another login.
   */
  freshAccess(): AccessOrder
  /** Whether the target shows the access, asked without the connector. */
  holds(access: AccessOrder): Promise<boolean>
  /** Names at the target that are made of the grant's id, besides the id itself. */
  namesOf?(access: AccessOrder): readonly string[]
  /** Everything of any lease at the target, read without the connector. As text, so that a failed test can show it. */
  rawState(): Promise<readonly string[]>
  /** Uses the access as its holder would, and keeps the session open. */
  use(access: AccessOrder): Promise<LiveSession>
  /** Whether these credentials let somebody in now. */
  accepts(credentials: Credentials): Promise<boolean>
  /** Opens a session with these credentials, as their holder would. */
  enter?(credentials: Credentials): Promise<LiveSession>
  /** Puts something at the target that resembles a holding but is not Daypass's, and takes it away again. */
  plantStranger(): Promise<() => Promise<void>>
  /** Where the access is given to an existing login: gives the same to it by hand, without a lease, and takes it back. */
  giveByHand?(access: AccessOrder): Promise<() => Promise<void>>
  /** How many leases the target holds at once. Absent: as many as a test makes. */
  readonly mostAtOnce?: number
  /** Changes that an administrator may make by hand to a granted access, by name. `removed`: it is gone altogether. */
  readonly handChanges: Readonly<Record<string, (access: AccessOrder) => Promise<unknown>>>
  /** Text that must be in no message and no evidence: the secrets of the admin. */
  readonly secrets: readonly string[]
  /** A holder's ways to resist the end of a lease, by name. What they return keeps going on until it is closed. */
  readonly resistance?: Readonly<
    Record<string, (access: AccessOrder, with_: Credentials) => Promise<LiveSession>>
  >
  close(): Promise<void>
}

export interface SystemInCatalog {
  /** The id of the resource, and of the entitlement. */
  readonly resource: string
  readonly entitlement: string
  /** The value of `connector`. */
  readonly connector: Readonly<Record<string, unknown>>
  /** The connector's own keys of the entitlement. */
  readonly content: Content
  /** The login that the requester has there, where access goes to an existing one: its kind or resource, and its name. */
  readonly login?: { readonly system: string; readonly name: string }
}

export interface LiveSession {
  alive(): Promise<boolean>
  close(): Promise<void>
}

/** Powers that a target does not have, each with the reason, which stands in the test's name. */
export interface ContractSkips {
  readonly grantAll?: string
  readonly revokeAll?: string
  readonly sessions?: string
  readonly credentials?: string
  readonly list?: string
  /** Access that is given to a login that exists already. */
  readonly logins?: string
  readonly resistance?: string
  /** Access that a hand removed is not found, so a grant once more does not give it again. */
  readonly repair?: string
  /** Grant ids that are no UUID. */
  readonly oddIds?: string
}
