import type { Credentials } from '../../src/domain/connector.ts'
import type { ConnectorWorld } from '../../test/contract/connector-world.ts'

/** A real target, its connector, and the same access made by hand through the same proxy. */
export interface System {
  readonly world: ConnectorWorld
  readonly bare: BareCalls
  close(): Promise<void>
}

/** The target's own calls, with a client that stays connected: the fewest that give the access, take it away, and read both back. */
export interface BareCalls {
  grant(): Promise<Credentials>
  revoke(given: Credentials): Promise<void>
}

export interface SystemKind {
  readonly kind: string
  /** Why it cannot be started here. */
  readonly missing: string | null
  readonly start: () => Promise<System>
}

/** Credentials as the worlds read them. */
export function credentialsOf(fields: Readonly<Record<string, string | number>>): Credentials {
  return {
    fields: Object.entries(fields).map(([label, value]) => ({ label, value: String(value) })),
    commands: [],
    expiresAt: new Date(Date.now() + 3_600_000),
  }
}

export function fieldOf({ fields }: Credentials, label: string): string {
  return fields.find((field) => field.label === label)?.value ?? ''
}
