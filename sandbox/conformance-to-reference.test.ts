import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callApi } from './_call-api.ts'
import { exampleWith } from './example-workspace.ts'
import { type Sandbox, startSandbox } from './server.ts'
import { HANDLERS } from './web-api/methods.ts'
import { isDocumented, METHOD_SPECS } from './web-api/spec.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox(exampleWith())
})

afterAll(() => sandbox.close())

describe('errors and arguments against the reference', () => {
  const methods = Object.keys(HANDLERS)

  it('implements only methods that the reference has', () => {
    expect(methods.filter((m) => !METHOD_SPECS.has(m))).toEqual([])
    expect(methods.length).toBeGreaterThan(30)
  })

  const withRequired = methods.filter((m) => METHOD_SPECS.get(m)?.required.some((r) => r !== 'token'))

  it.each(withRequired)('%s requires every required argument', async (method) => {
    const spec = METHOD_SPECS.get(method)
    const required = (spec?.required ?? []).filter((r) => r !== 'token')
    const all = Object.fromEntries(required.map((r) => [r, '1']))
    for (const absent of required) {
      const { [absent]: _gone, ...args } = all
      const { body } = await callApi(sandbox, method, args)
      expect(body).toMatchObject({ ok: false, error: 'invalid_arguments' })
      expect(JSON.stringify(body)).toContain(absent)
    }
  })

  it.each(methods)('%s answers nonsense only with documented errors', async (method) => {
    const spec = METHOD_SPECS.get(method)
    if (!spec || method === 'auth.revoke') return
    const before = (await sandbox.client.traffic()).violations.filter(
      (v) => v.kind === 'sandbox_defect',
    ).length
    for (const value of [
      'nonsense',
      'C0OTHER',
      'C0HIDDEN',
      'C0GENERAL',
      'U0GONE',
      '{}',
      '[]',
      '[1]',
      '-1',
      '1.000001',
    ]) {
      const args = Object.fromEntries(spec.properties.filter((p) => p !== 'token').map((p) => [p, value]))
      const { body } = await callApi(sandbox, method, args)
      if (!body.ok)
        expect([method, body.error, isDocumented(spec, body.error ?? '')]).toEqual([method, body.error, true])
    }
    const after = (await sandbox.client.traffic()).violations.filter((v) => v.kind === 'sandbox_defect')
    expect(after.slice(before)).toEqual([])
  })
})
