import type { RunStep } from './_run-worker.ts'

/** A real target, and an action `write-entry` of the resource `elsewhere` on it. */
export interface Elsewhere {
  /** The resource, for a catalog. It takes a while where the kill comes amid it. */
  offer(step: RunStep): string
  /** How often this entry was written. */
  times(entry: string): Promise<number>
  /** The process that executed runs is killed: what it began may end now. */
  afterKill(): void
  close(): Promise<void>
}

/** The resource `elsewhere` with the action `write-entry`, as it stands in a catalog. */
export function actionResource(connector: object, content: object): string {
  const action = {
    name: 'Write an entry',
    risk: 'low',
    parameters: { entry: { type: 'string', pattern: '[a-z]+' } },
    ...content,
  }
  const owners = { channel: 'C0ORDERS', approvers: ['U0DANA', 'S0DBAS'] }
  const actions = { 'write-entry': action }
  return `\n  elsewhere: ${JSON.stringify({ name: 'Elsewhere', owners, connector, entitlements: {}, actions })}\n`
}
