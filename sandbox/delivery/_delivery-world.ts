import { afterEach } from 'vitest'
import { type RawAnswerToSlack, type Received, startRawApp } from '../_raw-app.ts'
import { exampleWith } from '../example-workspace.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import type { AppSeed, Timing } from '../types.ts'

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** Closes this after the test. */
export function closeAfterTest(one: { close(): Promise<void> }): void {
  opened.push(one)
}

/** For tests: a sandbox and an app that gives the set answers. */
export async function deliveryWorld(
  answer: (r: Received) => RawAnswerToSlack = () => ({}),
  patch: Partial<AppSeed> = {},
  timing: Partial<Timing> = {},
) {
  const app = await startRawApp(answer)
  const sandbox = await startSandbox({ ...exampleWith({ requestUrl: app.url, ...patch }), timing })
  opened.push(app, sandbox)
  return { app, sandbox, client: sandbox.client, dana: sandbox.client.as('U0DANA') }
}

export async function kinds(sandbox: Sandbox): Promise<string[]> {
  return (await sandbox.client.traffic()).violations.map((v) => v.kind)
}

export const here = { channel: 'C0GENERAL' }
