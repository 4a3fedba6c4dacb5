import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { startKubernetesFront } from '../../fixtures/targets/kubernetes-front.ts'
import { kubernetes } from '../../src/connectors/kubernetes/connector.ts'
import type { Parameter } from '../../src/domain/action.ts'
import { skipLoudly } from '../_redis.ts'
import type { Content } from '../contract/_open-connector.ts'
import {
  type KubeObject,
  manifestOfPage,
  type ShopCluster,
  startShopCluster,
} from '../contract/kubernetes-cluster.ts'
import { anyText, hostileTexts, takenBy } from './_hostile-values.ts'
import { faultsOf, openAction, textOf } from './_opened-action.ts'
import { run } from './_postgres-actions.ts'

const labels = { app: 'api' }
const template = {
  metadata: { labels },
  spec: { containers: [{ name: 'api', image: 'shop/api' }] },
}
const workload = (kind: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'api', namespace: 'orders' },
  spec: {
    selector: { matchLabels: labels },
    template,
    ...(kind !== 'DaemonSet' && { replicas: 2 }),
    ...(kind === 'StatefulSet' && { serviceName: 'api' }),
  },
})
const podOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'orders' },
  spec: template.spec,
})
const api = '/apis/apps/v1/namespaces/orders'
const jobs = '/apis/batch/v1/namespaces/orders/jobs'
const pods = '/api/v1/namespaces/orders/pods'
const restart = { restart: { kind: 'Deployment', namespace: 'orders', name: 'api' } }
const text = (name: string): Parameter => ({ ...anyText, name })

describe.skipIf(skipLoudly('actions of kubernetes', kubernetesMissing))('on a kube-apiserver', () => {
  let cluster: ShopCluster
  let settings: Record<string, unknown>
  beforeAll(async () => {
    cluster = await startShopCluster()
    for (const object of [
      ...(await manifestOfPage('name: daypass-actions')),
      ...['Deployment', 'StatefulSet', 'DaemonSet'].map(workload),
      ...['api-0', 'api-1'].map(podOf),
    ])
      await cluster.apply(object)
    settings = { url: cluster.url(), caFile: cluster.caFile, token: cluster.daypassToken, timeout: '6s' }
  })
  afterAll(() => cluster?.close())
  const open = (content: Content, changes: object = {}) =>
    openAction(kubernetes, { ...settings, ...changes }, { limits: { seconds: 5 }, ...content })
  const get = async (path: string) => (await cluster.call('GET', path)).body
  /** What a controller would say: all pods are new. */
  const roll = async (kind: string, updated = 2) => {
    const { metadata, spec } = await get(`${api}/${kind}s/api`)
    const status = {
      ...{ observedGeneration: metadata.generation, replicas: spec.replicas ?? 2, updatedReplicas: updated },
      ...{ readyReplicas: updated, availableReplicas: updated, currentRevision: 'b', updateRevision: 'b' },
      ...{ currentNumberScheduled: 2, numberMisscheduled: 0, numberReady: updated },
      ...{ desiredNumberScheduled: 2, updatedNumberScheduled: updated, numberAvailable: updated },
    }
    const answer = await cluster.call('PATCH', `${api}/${kind}s/api/status`, { status })
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  }
  const restartedAt = async (kind: string) =>
    (await get(`${api}/${kind}s/api`)).spec.template.metadata.annotations?.[
      'kubectl.kubernetes.io/restartedAt'
    ]

  it.each(['deployment', 'statefulset', 'daemonset'])(
    'a restart of a %s is followed to its end, and made once',
    async (plural) => {
      const kind = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' }[plural]
      const { runs, order } = open({ restart: { kind, namespace: 'orders', name: 'api' } })
      await roll(plural)
      expect(await runs.preview?.(order())).toBeNull()
      expect(await restartedAt(plural)).toBeUndefined()
      const one = order()
      const ready = await runs.ready(one)
      const executing = ready.execute(new AbortController().signal)
      await vi.waitUntil(async () => (await restartedAt(plural)) !== undefined, { timeout: 5_000 })
      const at = await restartedAt(plural)
      await roll(plural, 1)
      await roll(plural)
      expect(await executing).toMatchObject({
        kind: 'done',
        summary: expect.stringMatching(/^The restart is complete: 2 of 2 pods are (new|ready)/),
      })
      expect(await ready.execute(new AbortController().signal)).toMatchObject({ kind: 'done' })
      expect(await runs.settle(one, ready.mark, false)).toMatchObject({ kind: 'done' })
      expect(await restartedAt(plural)).toBe(at)
    },
  )

  it('a run that was settled is never made, also where its call comes late', async () => {
    const { runs, order } = open(restart)
    const one = order()
    const ready = await runs.ready(one)
    const before = await restartedAt('deployment')
    expect(await runs.settle(one, ready.mark, false)).toMatchObject({ kind: 'undone', code: 'interrupted' })
    expect(await ready.execute(new AbortController().signal)).toMatchObject({ kind: 'undone' })
    expect(await restartedAt('deployment')).toBe(before)
    expect(await ready.execute(AbortSignal.abort())).toMatchObject({ code: 'cancelled' })
  })

  it('a rollout that does not end is told as it is', async () => {
    const { runs, order } = open({ ...restart, limits: { seconds: 1 } })
    expect(await run(runs, order())).toMatchObject({
      kind: 'done',
      summary:
        'The restart was ordered. When Daypass stopped to follow it: the cluster had not begun with it.',
    })
  })

  it('a workload is scaled, and notes of former runs are removed', async () => {
    await cluster.call('PATCH', `${api}/deployments/api`, {
      metadata: { annotations: { 'run.daypass.dev/old': 'done 2020-01-01T00:00:00.000Z' } },
    })
    const { runs, order } = open({ scale: { ...restart.restart, replicas: ':pods' } })
    const executing = run(runs, order({ pods: '5' }))
    await vi.waitUntil(async () => (await get(`${api}/deployments/api`)).spec.replicas === 5, {
      timeout: 5_000,
    })
    await roll('deployment', 5)
    expect(await executing).toMatchObject({
      summary: 'The change is complete: 5 of 5 pods are new, 5 available.',
    })
    expect(Object.keys((await get(`${api}/deployments/api`)).metadata.annotations)).not.toContain(
      'run.daypass.dev/old',
    )
    expect(await runs.preview?.(order({ pods: '-1' }))).toMatchObject({
      kind: 'problem',
      message: 'pods is no number of pods.',
    })
  })

  it('a pod is deleted, and never the next one of its name', async () => {
    const { runs, order } = open({ deletePod: { namespace: 'orders', name: ':pod' } })
    const one = order({ pod: 'api-0' })
    const [ready, late] = [await runs.ready(one), await runs.ready(order({ pod: 'api-0' }))]
    expect(await ready.execute(new AbortController().signal)).toMatchObject({
      kind: 'done',
      summary: 'The pod is deleted.',
    })
    await cluster.apply(podOf('api-0'))
    expect(await ready.execute(new AbortController().signal)).toMatchObject({ kind: 'done' })
    expect(await late.execute(new AbortController().signal)).toMatchObject({ kind: 'done' })
    expect(await runs.settle(one, ready.mark, false)).toMatchObject({
      kind: 'done',
      summary: 'The pod is gone.',
    })
    expect((await cluster.call('GET', `${pods}/api-0`)).status).toBe(200)
    const other = order({ pod: 'api-1' })
    const never = await runs.ready(other)
    expect(await runs.settle(other, never.mark, false)).toMatchObject({ kind: 'undone' })
    expect(await never.execute(new AbortController().signal)).toMatchObject({ kind: 'undone' })
    expect((await cluster.call('GET', `${pods}/api-1`)).status).toBe(200)
    expect(await runs.preview?.(order({ pod: 'api-9' }))).toMatchObject({
      kind: 'problem',
      message: 'There is no pod orders/api-9, or it is being deleted.',
    })
  })

  it('of a hostile name nothing is called, and its field is named', async () => {
    const { runs, order } = open({ deletePod: { namespace: 'orders', name: ':pod' } })
    for (const pod of [
      ...takenBy(anyText, hostileTexts),
      'api-0/log',
      '../secrets/x',
      'api-0?force',
      'API-0',
      'a..b',
    ])
      expect(await runs.preview?.(order({ pod })), pod.slice(0, 40)).toMatchObject({
        kind: 'problem',
        message: expect.stringMatching(/^pod cannot be the name of an object|^There is no pod/),
      })
    expect((await get(pods)).items).toHaveLength(2)
  })

  const jobOf = (args: readonly string[], env: readonly object[] = []) => ({
    job: {
      namespace: 'orders',
      spec: {
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'it', image: 'shop/it', args, env }] },
        },
      },
    },
  })
  const finish = (runId: string, type: 'Complete' | 'Failed') =>
    cluster.call('PATCH', `${jobs}/daypass-${runId}/status`, {
      status: {
        conditions: [{ type, status: 'True', reason: type === 'Failed' ? 'BackoffLimitExceeded' : '' }],
      },
    })
  const created = (runId: string) =>
    vi.waitUntil(async () => (await cluster.call('GET', `${jobs}/daypass-${runId}`)).status === 200, {
      timeout: 5_000,
    })

  it('a Job runs once, with the end of its log as output', async () => {
    const front = await startKubernetesFront({
      url: cluster.url(),
      ca: await readFile(cluster.caFile, 'utf8'),
    })
    const { runs, order } = open(
      { ...jobOf(['--day', ':day']), limits: { seconds: 5, bytes: 12 } },
      { url: front.url, caFile: undefined },
    )
    const one = order({ day: '2026-11-30' })
    // Nothing here runs pods: their logs are those of the front.
    front.answer = (_, path) => (path.endsWith('/log') ? { status: 200, body: 'line 1\nline 2\n' } : null)
    await cluster.apply({
      ...podOf('of-the-job'),
      metadata: {
        name: 'of-the-job',
        namespace: 'orders',
        labels: { 'job-name': `daypass-${one.runId}` },
      } as KubeObject['metadata'],
    })
    expect(await runs.preview?.(one)).toBeNull()
    const ready = await runs.ready(one)
    expect((await cluster.call('GET', `${jobs}/daypass-${one.runId}`)).status).toBe(404)
    const executing = ready.execute(new AbortController().signal)
    await created(one.runId)
    expect(await runs.settle(one, ready.mark, false)).toEqual({ kind: 'under_way' })
    await finish(one.runId, 'Complete')
    const result = {
      kind: 'done',
      summary: 'The Job is complete.',
      output: { kind: 'text', text: ' 1\nline 2\n'.slice(-12), isCut: true },
    }
    expect(await executing).toMatchObject({ ...result, output: { isCut: true } })
    expect(await ready.execute(new AbortController().signal)).toMatchObject({ kind: 'done' })
    expect(await runs.settle(one, ready.mark, false)).toMatchObject({ kind: 'done', output: { isCut: true } })
    expect((await get(jobs)).items).toHaveLength(1)
    expect((await get(`${jobs}/daypass-${one.runId}`)).spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 5,
    })
    await front.close()
  })

  it('a Job that fails, is stopped, is deleted or was never made is told as such', async () => {
    const { runs, order } = open(jobOf(['x']))
    const [failing, stopped, deleted, never, adopted] = [order(), order(), order(), order(), order()]
    const stop = new AbortController()
    const executing = [
      run(runs, failing),
      run(runs, stopped, stop.signal),
      run(runs, deleted),
      run(runs, adopted),
    ]
    for (const { runId } of [failing, stopped, deleted, adopted]) await created(runId)
    await finish(failing.runId, 'Failed')
    stop.abort()
    await cluster.call('DELETE', `${jobs}/daypass-${deleted.runId}?propagationPolicy=Background`)
    expect(await runs.settle(adopted, {}, true)).toMatchObject({ kind: 'unknown', code: 'stopped' })
    expect(await Promise.all(executing)).toMatchObject([
      { kind: 'done', summary: 'The Job ran, and failed (BackoffLimitExceeded). Its log could not be read.' },
      { kind: 'unknown', code: 'stopped' },
      { kind: 'unknown', code: 'gone' },
      { kind: 'unknown', code: 'stopped' },
    ])
    for (const { runId } of [stopped, adopted])
      expect((await get(`${jobs}/daypass-${runId}`)).spec.parallelism).toBe(0)
    const ready = await runs.ready(never)
    expect(await runs.settle(never, ready.mark, false)).toMatchObject({ kind: 'undone' })
    expect(await ready.execute(new AbortController().signal)).toMatchObject({ kind: 'undone' })
    expect((await get(`${jobs}/daypass-${never.runId}`)).spec.parallelism).toBe(0)
  })

  it('hostile values of a Job are arguments and variables, and nothing else', async () => {
    // Etcd takes no object of more than 1.5 MB.
    const values = takenBy(anyText, [...hostileTexts, '$(SECRET)', '$$(SECRET)', '$', '-rf']).filter(
      (value) => value.length < 10_000,
    )
    const names = values.map((_, at) => `v${at}`)
    const { runs, order } = open(
      jobOf(
        ['--', ...names.map((name) => `:${name}`)],
        names.map((name) => ({ name, value: `:${name}` })),
      ),
    )
    const one = order(Object.fromEntries(values.map((value, at) => [`v${at}`, value])))
    const executing = run(runs, one)
    await created(one.runId)
    const [container] = (await get(`${jobs}/daypass-${one.runId}`)).spec.template.spec.containers
    await finish(one.runId, 'Complete')
    await executing
    expect(container.args.slice(1).map(expanded)).toEqual(values)
    expect(container.env.map(({ value = '' }: { value?: string }) => expanded(value))).toEqual(values)
    expect(container.args).toHaveLength(values.length + 1)
    const option = open(jobOf([':it']))
    await expect(option.runs.ready(option.order({ it: '-rf' }))).rejects.toThrow('it begins with “-”')
  })

  it('what the cluster refuses is asked of nobody', async () => {
    const missing = open({ restart: { kind: 'Deployment', namespace: 'orders', name: 'none' } })
    expect(await missing.runs.preview?.(missing.order())).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('does not let Daypass do this'),
    })
    const wrong = open({ job: { namespace: 'orders', spec: { template: { spec: { containers: [] } } } } })
    expect(await wrong.runs.preview?.(wrong.order())).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('containers'),
    })
  })

  it('doctor names each right that is missing, with the rule that gives it', async () => {
    expect(await open(restart).check()).toMatchObject({ ok: true })
    const elsewhere = await open({ restart: { ...restart.restart, namespace: 'payments' } }).check()
    expect(elsewhere).toMatchObject({
      ok: false,
      problems: [
        { what: 'it: Daypass may not get deployments in payments' },
        {
          what: 'it: Daypass may not patch deployments in payments',
          remedy:
            'Give it a Role in the namespace payments with this rule: apiGroups: ["apps"], resources: [deployments], verbs: [patch].',
        },
      ],
    })
  })

  it('the catalog is checked, and the text says what will be done', () => {
    const faults = (content: Content, parameters: readonly Parameter[] = []) =>
      faultsOf(kubernetes, content, parameters)
    expect(faults({ ...jobOf(['-c', ':x']) }, [text('x')])).toEqual([
      'job: `:x` would be read as a program by a shell.',
    ])
    expect(
      faults(
        { job: { namespace: 'orders', spec: { template: { spec: { containers: [{ image: ':x' }] } } } } },
        [text('x')],
      ),
    ).toEqual(['job: `:x` stands where no value may be.'])
    expect(faults({ deletePod: { namespace: 'orders', name: ':x' } }, [text('y')])).toEqual([
      'deletePod: It names `:x`, which is no parameter.',
      'parameters: The operation does not name the parameter `:y`.',
    ])
    expect(faults({ scale: { ...restart.restart, replicas: ':x' } }, [text('x')])).toEqual([
      'scale: `:x` cannot be a number of pods.',
    ])
    const rendered = (content: Content, values = {}) => textOf(kubernetes, settings, content, values)
    expect(rendered({ scale: { ...restart.restart, replicas: ':n' } }, { n: '3' })).toBe(
      'scale Deployment orders/api to "3" pods',
    )
    expect(rendered({ deletePod: { namespace: 'orders', name: ':pod' } }, { pod: 'api-0' })).toBe(
      'delete Pod orders/"api-0"',
    )
    expect(rendered({ ...jobOf([':x']), limits: { seconds: 60 } }, { x: 'a: b' })).toContain('"a: b"')
  })
})

/** As a kubelet reads an argument: https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go */
function expanded(argument: string): string {
  return argument.replace(/\$\$|\$\(([^)]*)\)/g, (found, name) =>
    found === '$$' ? '$' : `<the variable ${name}>`,
  )
}
