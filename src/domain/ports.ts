import type { Catalog } from './catalog.ts'
import type { Connector } from './connector.ts'
import type { Directory } from './directory.ts'
import type { Messenger } from './messenger.ts'
import type { PolicyEngine } from './policy.ts'
import type { CheckpointPlaces, RecordLog } from './record/record-log.ts'
import type { StepUpParts } from './step-up-parts.ts'
import type { Store } from './store.ts'

/** The only source of time: the database's clock. The machine's clock may be wrong. */
export interface Clock {
  now(): Date
}

/** Encrypts what is kept for a while. The key is not in the database. */
export interface Vault {
  /** `about`: what it belongs to. It opens for nothing else. */
  seal(text: string, about: string): string
  /** Null: another key sealed it, or it belongs to something else. */
  open(sealed: string, about: string): string | null
}

export interface Connectors {
  /** Throws `ConnectorError` (`not_in_catalog`) for a resource that the catalog does not name. */
  of(resourceId: string): Connector
}

/** All ports of the use-cases. Each use-case takes only the ports that it uses. */
export interface Ports {
  readonly store: Store
  readonly clock: Clock
  readonly catalog: Catalog
  readonly policy: PolicyEngine
  readonly directory: Directory
  readonly messenger: Messenger
  readonly connectors: Connectors
  readonly vault: Vault
  /** Null: `PUBLIC_URL` is not set, so nobody can prove anything. */
  readonly stepUp: StepUpParts | null
  readonly record: RecordLog
  readonly places: CheckpointPlaces
}
