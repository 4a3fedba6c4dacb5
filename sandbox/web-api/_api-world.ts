import { afterEach, beforeEach, expect } from 'vitest'
import { callApi } from '../_call-api.ts'
import { exampleWith } from '../example-workspace.ts'
import type { Json } from '../json.ts'
import { type Sandbox, startSandbox } from '../server.ts'

/** For tests: a sandbox of the example workspace, without an app that listens. Created anew for each test. */
export interface ApiWorld {
  sandbox: Sandbox
}

export const general = { channel: 'C0GENERAL', text: 'hello' }

export function apiWorld(): ApiWorld {
  const world = {} as ApiWorld
  beforeEach(async () => {
    world.sandbox = await startSandbox(exampleWith())
  })
  afterEach(() => world.sandbox.close())
  return world
}

/** The error a method refuses with. */
export async function refused(
  world: ApiWorld,
  method: string,
  args: Json,
  options: { token?: string | null } = {},
): Promise<string> {
  const { body } = await callApi(world.sandbox, method, args, options)
  expect(body.ok).toBe(false)
  return body.error ?? ''
}

/** Posts a message that is not refused; answers its ts. */
export async function posted(world: ApiWorld, args: Json = general): Promise<string> {
  const { body } = await callApi(world.sandbox, 'chat.postMessage', args)
  expect(body).toMatchObject({ ok: true })
  return String(body.ts)
}

export async function violations(world: ApiWorld): Promise<string[]> {
  return (await world.sandbox.client.traffic()).violations.map((v) => v.kind)
}
