import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesFront, startKubernetesFront } from '../../fixtures/targets/kubernetes-front.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { failure } from './_contract-tools.ts'
import { bindingTo, rbac } from './kubernetes-cluster.ts'
import { accountNames, type KubernetesWorld, support } from './kubernetes-world.ts'

const status = (reason: string, message = 'no', details: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason,
  message,
  details,
})

/** A gateway or an API server that does not do what it says. */
export function kubernetesFrontRules(world: () => KubernetesWorld): void {
  let front: KubernetesFront
  let connector: Connector
  beforeAll(async () => {
    const { cluster, withCatalog } = world()
    front = await startKubernetesFront({ url: cluster.url(), ca: await readFile(cluster.caFile, 'utf8') })
    connector = withCatalog({ support }, { settings: { url: front.url, caFile: undefined, timeout: '3s' } })
  })
  afterEach(() => {
    front.answer = null
  })
  afterAll(() => front?.close())

  /** Grants, ends with spoilt answers, and then ends in truth. */
  const failedEnd = async (answer: NonNullable<KubernetesFront['answer']>) => {
    const { freshAccess, holds } = world()
    const order = freshAccess()
    const { facts } = await connector.grant(order)
    front.answer = answer
    const error = await failure(connector.revoke({ ...order, given: facts }))
    front.answer = null
    await connector.revoke({ ...order, given: facts })
    expect(await holds(order)).toBe(false)
    return error
  }
  const is = (method: string, part: RegExp) => (a: string, b: string) => a === method && part.test(b)

  it('a deletion that is answered with yes and does nothing is no end', async () => {
    const deletes = is('DELETE', /./)
    const error = await failedEnd((...call) =>
      deletes(...call) ? { status: 200, body: { kind: 'Status' } } : null,
    )
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
  })

  const empty = { status: 200, body: { kind: 'List', metadata: {}, items: [] } }

  it('an empty list of bindings hides none', async () => {
    const lists = is('GET', /\/rolebindings$/)
    const error = await failedEnd((...call) => (lists(...call) ? empty : null))
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
  })

  it('an empty list of accounts hides none that a binding names', async () => {
    const { cluster, freshAccess } = world()
    const order = freshAccess()
    await connector.grant(order)
    const lists = is('GET', /\/serviceaccounts$/)
    front.answer = (...call) => (lists(...call) ? empty : null)
    await connector.revoke(order)
    expect(await accountNames(cluster)).toEqual([])
  })

  it.each([
    ['the roles go on', /subjectaccessreviews$/, { allowed: true, reason: 'because' }],
    ['the token is accepted', /tokenreviews$/, { authenticated: true }],
  ])('%s: the lease is not told as ended', async (_, path, said) => {
    const reviews = is('POST', path)
    const error = await failedEnd((...call) =>
      reviews(...call) ? { status: 201, body: { status: said } } : null,
    )
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
  })

  it('a binding that is made in the middle of the end is removed too', async () => {
    const { cluster, freshAccess } = world()
    const order = freshAccess()
    await connector.grant(order)
    const [name = ''] = await accountNames(cluster)
    const account = { kind: 'ServiceAccount', name, namespace: 'daypass-leases' }
    let made = false
    front.answer = async (method) => {
      if (method !== 'DELETE' || made) return null
      made = true
      await cluster.apply(bindingTo('node-reader', account, { name: 'slipped-in' }))
      return null
    }
    await connector.revoke(order)
    expect(made).toBe(true)
    expect((await cluster.call('GET', `${rbac}/clusterrolebindings/slipped-in`)).status).toBe(404)
  })

  it('a 404 that is not the API server’s own is no absence', async () => {
    const deletes = is('DELETE', /./)
    const error = await failedEnd((...call) => (deletes(...call) ? { status: 404, body: '<html>' } : null))
    expect(error.message).toMatch(/does not have this/)
    expect(error).toMatchObject({ code: 'misconfigured' })
  })

  it.each([
    [
      'throttles',
      { status: 429, body: '', headers: { 'retry-after': '7' } },
      { code: 'throttled', retryAfterSeconds: 7 },
    ],
    ['has a fault', { status: 500, body: status('InternalError') }, { code: 'unreachable', retryable: true }],
    ['answers nonsense', { status: 200, body: { kind: 'Pod' } }, { code: 'unreachable', retryable: true }],
    ['sends elsewhere', { status: 302, body: '', headers: { location: '/x' } }, { code: 'misconfigured' }],
    [
      'refuses the token',
      { status: 401, body: status('Unauthorized') },
      { code: 'permission', retryable: false },
    ],
  ])('an API server that %s is told so, without its text', async (_, answer, expected) => {
    const error = await failedEnd(() => answer)
    expect(error).toMatchObject(expected)
  })

  describe('a grant', () => {
    it.each([
      ['exceeded quota: few', 'conflict', /ResourceQuota is used up/],
      [
        'unable to create: namespace orders is being terminated',
        'misconfigured',
        /is deleting that namespace/,
      ],
    ])('that is forbidden because of "%s" says what to do', async (message, code, sentence) => {
      const { freshAccess } = world()
      const order = freshAccess()
      const makes = is('POST', /rolebindings$/)
      front.answer = (...call) =>
        makes(...call) ? { status: 403, body: status('Forbidden', message) } : null
      expect(await failure(connector.grant(order))).toMatchObject({
        code,
        message: expect.stringMatching(sentence),
      })
      front.answer = null
      await connector.revoke(order)
    })

    it.each([
      ['bindings', /rolebindings$/, { status: 201, body: {} }],
      ['roles for it', /subjectaccessreviews$/, { status: 201, body: { status: { allowed: false } } }],
    ])('without %s is not told as given', async (_, path, answer) => {
      const { freshAccess } = world()
      const order = freshAccess()
      const makes = is('POST', path)
      front.answer = (...call) => (makes(...call) ? answer : null)
      expect(await failure(connector.grant(order))).toMatchObject({ code: 'conflict', retryable: true })
      front.answer = null
      await connector.revoke(order)
    })
  })
}
