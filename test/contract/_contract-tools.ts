import { expect } from 'vitest'
import { type AccessOrder, ConnectorError, type Evidence } from '../../src/domain/connector.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** The error of an operation that must fail, and must fail as the contract says. */
export async function failure(operation: Promise<unknown>): Promise<ConnectorError> {
  const error = await operation.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectorError) return error
  throw error
}

/** Whatever a logger might print of it: message, cause, stack, own properties. */
export function expectNoSecret(world: ConnectorWorld, value: unknown): void {
  const parts = value instanceof Error ? [value.message, value.stack, value.cause] : [value]
  const text = parts
    .map((part) =>
      part instanceof Error ? `${part.message} ${part.stack} ${JSON.stringify(part)}` : JSON.stringify(part),
    )
    .join(' ')
  for (const secret of world.secrets) expect(text).not.toContain(secret)
}

/** Evidence without what is another's in each lease: the instant, and names made of its id. */
export function said(
  { namesOf }: ConnectorWorld,
  { summary, facts }: Evidence,
  access: AccessOrder | undefined,
): unknown {
  if (!access) return null
  const names = [...(namesOf?.(access) ?? []), access.grantId.replaceAll('-', '')]
  const text = JSON.stringify({ summary, facts })
  return JSON.parse(names.reduce((rest, name) => rest.replaceAll(name, 'the lease'), text))
}
