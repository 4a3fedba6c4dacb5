import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { targetFolder } from '../../fixtures/targets/server.ts'
import {
  type Behaviour,
  freshWebhookSecret,
  startWebhookReceiver,
} from '../../fixtures/targets/webhook-receiver.ts'
import { webhook } from '../../src/connectors/webhook/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { openConnector } from './_open-connector.ts'
import { makeWebhookWorld, type WebhookWorld } from './webhook-world.ts'

const grantAnswers = (body: unknown): Behaviour => ({ answers: { status: 200, body } })

/** Rules of the webhook alone: answers of every kind, signatures, rotation, and what `check` finds. Over plain HTTP. */
export function webhookRules(world: () => WebhookWorld): void {
  afterEach(async () => {
    const { receiver } = world()
    for (const operation of ['grant', 'revoke', 'read', 'status', 'check', 'list', 'credentials'])
      receiver.behave(operation, 'honest')
    for (const access of receiver.system.accesses()) receiver.system.take(access)
  })

  describe('an answer', () => {
    it.each<[string, unknown]>([
      ['nothing', {}],
      ['a text for the word', { granted: 'true' }],
      ['a number for the word', { granted: 1 }],
      ['the word of another operation', { revoked: true }],
      ['a word more', { granted: true, ok: true }],
      ['a list', [{ granted: true }]],
      ['a text', 'OK'],
      ['null', null],
      ['evidence that is no fact', { granted: true, evidence: { facts: { a: { b: 1 } } } }],
      ['pending', { pending: true }],
    ])('that is %s counts for nothing', async (_, body) => {
      const { connector, access, receiver } = world()
      receiver.behave('grant', grantAnswers(body))
      receiver.behave('revoke', grantAnswers(body === null ? null : { ...Object(body), revoked: undefined }))
      for (const operation of ['grant', 'revoke'] as const) {
        expect(await failure(connector[operation](access()))).toMatchObject({
          code: 'unexpected',
          retryable: true,
        })
      }
    })

    it.each<
      [number, Record<string, string>, { code: string; retryable: boolean; retryAfterSeconds?: number }]
    >([
      [201, {}, { code: 'unexpected', retryable: true }],
      [204, {}, { code: 'unexpected', retryable: true }],
      [400, {}, { code: 'misconfigured', retryable: false }],
      [401, {}, { code: 'permission', retryable: false }],
      [403, {}, { code: 'permission', retryable: false }],
      [404, {}, { code: 'misconfigured', retryable: false }],
      [409, {}, { code: 'conflict', retryable: false }],
      [410, {}, { code: 'misconfigured', retryable: false }],
      [422, {}, { code: 'misconfigured', retryable: false }],
      [429, { 'retry-after': '17' }, { code: 'throttled', retryable: true, retryAfterSeconds: 17 }],
      [500, {}, { code: 'unexpected', retryable: true }],
      [502, {}, { code: 'unreachable', retryable: true }],
      [503, {}, { code: 'unreachable', retryable: true }],
      [503, { 'retry-after': '5' }, { code: 'throttled', retryable: true, retryAfterSeconds: 5 }],
    ])('with the status %i %j is an error of its own', async (status, headers, expected) => {
      const { connector, access, receiver } = world()
      const reason = 'No.\u202e <!channel>'
      for (const operation of ['grant', 'revoke'])
        receiver.behave(operation, { answers: { status, body: { reason } }, headers })
      for (const operation of ['grant', 'revoke'] as const) {
        const error = await failure(connector[operation](access()))
        expect(error).toMatchObject(expected)
        if (status >= 400) expect(error.message).toContain('“No. <!channel>”')
      }
    })

    it('with Retry-After as a date says the seconds until then', async () => {
      const { connector, access, receiver } = world()
      const headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }
      receiver.behave('grant', { answers: { status: 429, body: {} }, headers })
      const { retryAfterSeconds } = await failure(connector.grant(access()))
      expect(retryAfterSeconds).toBeGreaterThan(55)
      expect(retryAfterSeconds).toBeLessThanOrEqual(60)
    })

    it.each([301, 302, 303, 307, 308])('with a redirect (%i) is not followed', async (status) => {
      const { connector, access, receiver } = world()
      let calls = 0
      const elsewhere = createServer((_, response) => {
        calls += 1
        response.end('{"granted":true}')
      })
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
      const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
      receiver.behave('grant', { answers: { status, body: {} }, headers: { location } })
      expect(await failure(connector.grant(access()))).toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining('redirect'),
      })
      elsewhere.close()
      expect(calls).toBe(0)
    })

    it('that is longer than 1 MiB is not read to its end', async () => {
      const { connector, access, receiver } = world()
      receiver.behave('grant', grantAnswers({ granted: true, evidence: { summary: 'x'.repeat(2_000_000) } }))
      expect(await failure(connector.grant(access()))).toMatchObject({
        code: 'unexpected',
        message: expect.stringContaining('longer than 1 MiB'),
      })
    })

    it('that begins and does not end is given up in time', async () => {
      const { withSettings, access, receiver } = world()
      receiver.behave('grant', 'begins to answer')
      expect(await failure(withSettings({ timeout: '1s' }).grant(access()))).toMatchObject({
        code: 'timeout',
      })
    })

    it('goes into the evidence as the words of the receiver, cleaned and told as attested', async () => {
      const { connector, access, receiver } = world()
      const facts = { account: 'casey', seats: 3, note: 'a\n\u202eb' }
      receiver.behave(
        'grant',
        grantAnswers({ granted: true, evidence: { summary: 'Done\nin the CRM', facts } }),
      )
      expect(await connector.grant(access())).toMatchObject({
        proof: 'attested',
        summary: 'The receiver says that the access is given: “Done in the CRM”.',
        facts: { signedAnswer: false, 'said.account': 'casey', 'said.seats': 3, 'said.note': 'a b' },
      })
    })

    it('may say that something outlives the end', async () => {
      const { connector, access, receiver } = world()
      const residualUntil = { at: '2026-11-22T18:00:00+01:00', what: 'CRM sessions opened before' }
      receiver.behave('revoke', grantAnswers({ revoked: true, residualUntil }))
      expect(await connector.revoke(access())).toMatchObject({
        residualUntil: { at: new Date('2026-11-22T17:00:00Z'), what: 'CRM sessions opened before' },
      })
    })
  })

  describe('a receiver that is not what it should be', () => {
    it('says yes and does nothing: with `reads`, that is found out', async () => {
      const { withSettings, access, receiver, holds } = world()
      const connector = withSettings({ reads: true })
      const order = access()
      receiver.behave('grant', 'says yes, does nothing')
      expect(await failure(connector.grant(order))).toMatchObject({ code: 'not_granted', retryable: true })
      receiver.behave('grant', 'honest')
      await connector.grant(order)
      receiver.behave('revoke', 'says yes, does nothing')
      expect(await failure(connector.revoke(order))).toMatchObject({ code: 'still_present', retryable: true })
      receiver.behave('revoke', 'honest')
      expect(await connector.revoke(order)).toMatchObject({ facts: { askedAgain: true } })
      expect(await holds(order)).toBe(false)
    })

    it('says no and does it: nothing counts as given, and it is taken away again', async () => {
      const { connector, access, receiver, holds } = world()
      const order = access()
      receiver.behave('grant', 'says no, does it')
      expect(await failure(connector.grant(order))).toMatchObject({
        code: 'conflict',
        retryable: false,
        message: expect.stringContaining('“I would rather not.”'),
      })
      receiver.behave('revoke', 'says no, does it')
      expect(await failure(connector.revoke(order))).toMatchObject({ code: 'still_present', retryable: true })
      receiver.behave('revoke', 'honest')
      await connector.revoke(order)
      expect(await holds(order)).toBe(false)
    })

    it('answers too late: the operation fails, and can be repeated', async () => {
      const { withSettings, access, receiver, holds } = world()
      const connector = withSettings({ timeout: '1s' })
      const order = access()
      for (const operation of ['grant', 'revoke'] as const) {
        receiver.behave(operation, 'does it, answers late')
        expect(await failure(connector[operation](order))).toMatchObject({ code: 'timeout', retryable: true })
        receiver.behave(operation, 'honest')
        await connector[operation](order)
        expect(await holds(order)).toBe(operation === 'grant')
      }
      await receiver.settled()
    })

    it('does a grant after the revocation that came later: the access does not come back', async () => {
      const { withSettings, access, receiver, holds } = world()
      const connector = withSettings({ timeout: '1s' })
      const order = access()
      receiver.behave('grant', 'does it late')
      await failure(connector.grant(order))
      await connector.revoke(order)
      await receiver.settled()
      expect(await holds(order)).toBe(false)
    })
  })

  describe('an operation that is pending', () => {
    const statusUrl = () => `${new URL(world().receiver.url(world().proxy.port)).origin}/status/1`

    it('is asked about at its status URL until it is done', async () => {
      const { withSettings, access, receiver, holds } = world()
      const order = access()
      receiver.behave('grant', { pendingFor: 1, statusUrl: statusUrl() })
      receiver.behave('status', { pendingFor: 0 })
      await withSettings({ timeout: '5s' }).grant(order)
      expect(await holds(order)).toBe(true)
      const mine = receiver.calls.filter(({ data }) => data.grant === order.grantId)
      expect(mine.map(({ type, data }) => [type, data.operation])).toEqual([
        ['access.grant', undefined],
        ['access.status', 'grant'],
      ])
    })

    it('is an error that a later call may end, with the pause that the receiver asks for', async () => {
      const { connector, access, receiver, holds } = world()
      const order = access()
      for (const operation of ['grant', 'revoke'] as const) {
        receiver.behave(operation, { pendingFor: 1 })
        expect(await failure(connector[operation](order))).toMatchObject({
          code: 'awaiting_person',
          retryable: true,
          message: expect.stringContaining('“A colleague looks at it.”'),
        })
        expect(await holds(order)).toBe(operation === 'revoke')
        await connector[operation](order)
        expect(await holds(order)).toBe(operation === 'grant')
      }
    })

    it('is given up for now when the time of one operation is over', async () => {
      const { withSettings, access, receiver } = world()
      receiver.behave('grant', { pendingFor: 9, statusUrl: statusUrl() })
      receiver.behave('status', { pendingFor: 9, statusUrl: statusUrl() })
      const error = await failure(withSettings({ timeout: '2s' }).grant(access()))
      expect(error).toMatchObject({ code: expect.stringMatching(/awaiting_person|timeout/), retryable: true })
    })

    it('is not asked about at another host or port', async () => {
      const { connector, access, receiver } = world()
      let calls = 0
      const elsewhere = createServer((_, response) => {
        calls += 1
        response.end('{"granted":true}')
      })
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
      const { port } = elsewhere.address() as AddressInfo
      for (const url of [
        `http://127.0.0.1:${port}/`,
        'http://169.254.169.254/latest',
        'file:///etc/passwd',
      ]) {
        receiver.behave('grant', { pendingFor: 1, statusUrl: url })
        expect((await failure(connector.grant(access()))).message).toContain('another origin')
      }
      elsewhere.close()
      expect(calls).toBe(0)
    })

    it('counts only with its word', async () => {
      const { connector, access, receiver } = world()
      receiver.behave('grant', { answers: { status: 202, body: { granted: true } } })
      expect(await failure(connector.grant(access()))).toMatchObject({ code: 'unexpected', retryable: true })
    })
  })

  describe('a call', () => {
    it('has an id of its own each time, and the key of its operation and content', async () => {
      const { connector, access, receiver } = world()
      const order = access()
      await connector.grant(order)
      await connector.grant(order)
      await connector.grant({ ...order, until: new Date(order.until.getTime() + 60_000) })
      await connector.revoke(order)
      await connector.revoke({ ...order, until: new Date(0) })
      const mine = receiver.calls.filter(({ data }) => data.grant === order.grantId)
      expect(new Set(mine.map(({ headers }) => headers['webhook-id'])).size).toBe(5)
      const keys = mine.map(({ headers }) => headers['idempotency-key'])
      expect(keys[0]).toBe(keys[1])
      expect(keys[3]).toBe(keys[4])
      expect(new Set(keys).size).toBe(3)
      expect(keys[0]).toMatch(new RegExp(`^${order.grantId.replaceAll('-', '')}\\.grant\\.[0-9a-f]{16}$`))
    })

    it('says who, what and until when', async () => {
      const { connector, access, receiver } = world()
      const order = access()
      await connector.grant(order)
      expect(receiver.calls.at(-1)).toMatchObject({
        type: 'access.grant',
        data: {
          resource: 'crm',
          grant: order.grantId,
          reference: 'AR-1042',
          entitlement: 'edit-accounts',
          parameters: { role: 'editor', spaces: ['eu'] },
          holder: { login: null, name: 'Casey Lee', slackUser: 'U0CASEY' },
          until: order.until.toISOString(),
          alsoHeld: [],
        },
      })
    })
  })

  describe('secrets', () => {
    it('are two while they are replaced: the receiver may know either', async () => {
      const { withSettings, access, receiver } = world()
      const [former = ''] = receiver.secrets
      const next = freshWebhookSecret()
      const connector = withSettings({ secrets: [former, next] })
      await connector.grant(access())
      receiver.secrets.splice(0, 1, next)
      await connector.grant(access())
      receiver.secrets.splice(0, 1, former)
      expect(await failure(withSettings({ secrets: [next] }).grant(access()))).toMatchObject({
        code: 'permission',
      })
    })

    it('are read from their file at each call', async () => {
      const { withSettings, access, receiver } = world()
      const secretFile = join(await targetFolder('webhook-secret'), 'secret')
      const [former = ''] = receiver.secrets
      const next = freshWebhookSecret()
      await writeFile(secretFile, `${former}\n`)
      const connector = withSettings({ secrets: undefined, secretFile })
      await connector.grant(access())
      await writeFile(secretFile, `${former}\n${next}\n`)
      await connector.grant(access())
      receiver.secrets.splice(0, 1, next)
      await connector.grant(access())
      await writeFile(secretFile, next)
      await connector.grant(access())
      for (const content of [`${next}\n${former}\n${next}`, `${next.slice(0, 20)}`, 'hunter22hunter22', '']) {
        await writeFile(secretFile, content)
        const error = await failure(connector.grant(access()))
        expect(error).toMatchObject({ code: 'misconfigured', retryable: true })
        expect(error.message).toContain(secretFile)
        expect(error.message).not.toMatch(/hunter22|whsec_[A-Za-z0-9+/]{4}/)
      }
      receiver.secrets.splice(0, 1, former)
    })

    it.each<[string, Record<string, unknown>, RegExp]>([
      ['no secret', { secrets: undefined }, /either `secrets` or `secretFile`/],
      ['two places', { secretFile: '/run/secrets/x' }, /either `secrets` or `secretFile`/],
      ['a short one', { secrets: ['whsec_c2hvcnQtc2VjcmV0'] }, /no secret/],
      ['something else', { secrets: ['hunter22 hunter22'] }, /base64/],
      ['three', { secrets: [1, 2, 3].map(freshWebhookSecret) }, /two secrets at most/],
      ['plain HTTP', { allowHttp: false }, /use https/],
      ['a password in the URL', { url: 'https://me:hunter22@crm.example.com' }, /not sent/],
      ['another scheme', { url: 'ftp://crm.example.com/hunter22' }, /https:/],
      ['no URL', { url: 'hunter22' }, /not a URL/],
      ['credentials over HTTP', { credentials: true }, /only asked for over https/],
      ['a wrong range', { allowAddresses: ['10.0.0.0/40'] }, /10\.20\.0\.0\/16/],
    ])('settings with %s are refused, and not shown', (_, changes, expected) => {
      let message = ''
      try {
        world().withSettings(changes)
      } catch (error) {
        message = String(error)
      }
      expect(message).toMatch(expected)
      expect(message).not.toMatch(/hunter22|c2hvcnQ/)
      expectNoSecret(world(), message)
    })
  })

  describe('check', () => {
    it('says what the receiver finds wrong', async () => {
      const { connector, receiver } = world()
      const problems = [{ what: 'There is no role editor.', remedy: 'Create it.' }]
      receiver.behave('check', grantAnswers({ ok: false, problems }))
      expect(await connector.check()).toEqual({ ok: false, problems })
    })

    it('finds a receiver that takes calls of anybody, old ones, and the same one twice', async () => {
      const careless = await startWebhookReceiver({ careless: true })
      const connector = world().withSettings({ url: careless.url() })
      const diagnosis = await connector.check()
      await careless.close()
      if (diagnosis.ok) throw new Error('nothing was found')
      expect(diagnosis.problems.map(({ what }) => what)).toEqual([
        expect.stringContaining('wrong signature'),
        expect.stringContaining('an hour ago'),
        expect.stringContaining('twice'),
      ])
    })

    it('changes nothing at the receiver', async () => {
      const { connector, receiver } = world()
      const before = receiver.calls.length
      expect(await connector.check()).toMatchObject({ ok: true })
      expect(new Set(receiver.calls.slice(before).map(({ type }) => type))).toEqual(new Set(['access.check']))
    })

    it.each<[string, Record<string, unknown>, RegExp]>([
      ['another secret', { secrets: [freshWebhookSecret()] }, /refuses the signature/],
      ['an address that is not permitted', { allowAddresses: [] }, /127\.0\.0\.1 is a private/],
      ['answers that are not signed', { signedAnswers: true }, /is not signed/],
      ['nobody there', { url: 'http://127.0.0.1:9/' }, /cannot be reached/],
    ])('says so: %s', async (_, settings, expected) => {
      const diagnosis = await world().withSettings(settings).check()
      expect(diagnosis).toMatchObject({ ok: false, problems: [{ what: expect.stringMatching(expected) }] })
      expectNoSecret(world(), diagnosis)
    })
  })
}

/** Rules of a receiver that signs its answers. */
export function signedAnswerRules(): void {
  it('a signed answer is worth an API’s word, and one that is not signed, old or repeated counts for nothing', async () => {
    const world = await makeWebhookWorld({ tls: false, settings: { signedAnswers: true } })
    const { connector, access, receiver } = world
    const order = access()
    expect(await connector.grant(order)).toMatchObject({ proof: 'contract', facts: { signedAnswer: true } })
    expect(await connector.revoke(order)).toMatchObject({ proof: 'contract' })
    receiver.behave('revoke', 'repeats an earlier answer')
    expect((await failure(connector.revoke(order))).message).toContain('answers another message')
    const forged: [Record<string, string>, RegExp][] = [
      [{ 'webhook-signature': '' }, /signature of another key/],
      [{ 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }, /signature of another key/],
      [{ 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 400) }, /older or newer/],
      [{ 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 400) }, /older or newer/],
      [{ 'webhook-timestamp': 'now' }, /no timestamp/],
    ]
    for (const [headers, expected] of forged) {
      receiver.behave('revoke', { answers: { status: 200, body: { revoked: true } }, headers })
      const error = await failure(connector.revoke(order))
      expect(error).toMatchObject({ code: 'unexpected', retryable: true })
      expect(error.message).toMatch(expected)
    }
    receiver.behave('revoke', 'honest')
    receiver.secrets.push(freshWebhookSecret())
    expect((await failure(connector.revoke(order))).message).toContain('signature of another key')
    await world.close()
  })

  it('without signed answers an earlier answer passes, and is told as attested', async () => {
    const world = await makeWebhookWorld({ tls: false })
    const { connector, access, receiver } = world
    await connector.revoke(access())
    receiver.behave('revoke', 'repeats an earlier answer')
    expect(await connector.revoke(access())).toMatchObject({ proof: 'attested' })
    await world.close()
  })
}

/** Rules that need https. */
export function tlsRules(): void {
  it('credentials that come in a wrong form are in no error', async () => {
    const world = await makeWebhookWorld({ settings: { credentials: true } })
    const { connector, access, receiver } = world
    const order = access()
    await connector.grant(order)
    const secret = 'hunter22-secret'
    for (const answers of [
      { status: 200, body: { credentials: secret } },
      { status: 200, body: { credentials: { fields: [{ label: 'Password', value: secret, note: 1 }] } } },
      { status: 409, body: { reason: secret } },
      { status: 500, body: { credentials: { fields: [{ label: 'Password', value: secret }] } } },
    ]) {
      receiver.behave('credentials', { answers })
      const error = await failure(connector.issueCredentials?.(order) ?? Promise.resolve())
      expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain('hunter22')
    }
    await world.close()
  })

  it('a certificate that is not trusted ends the call before anything is sent', async () => {
    const world = await makeWebhookWorld()
    const connector = openConnector(webhook, {
      id: 'crm',
      settings: {
        url: world.receiver.url(),
        secrets: [...world.receiver.secrets],
        allowAddresses: ['127.0.0.1'],
      },
      entitlements: {},
    })
    expect(await failure(connector.grant(world.access()))).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('caFile'),
    })
    expect(world.receiver.calls).toEqual([])
    const missing = world.withSettings({ caFile: '/nowhere/ca.pem' })
    expect((await failure(missing.grant(world.access()))).message).toContain('/nowhere/ca.pem cannot be read')
    await connector.close()
    await world.close()
  })
}
