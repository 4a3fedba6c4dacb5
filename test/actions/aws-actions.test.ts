import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import type { Invocation } from '../../fixtures/targets/aws/run-command.ts'
import { aws } from '../../src/connectors/aws/connector.ts'
import type { Parameter } from '../../src/domain/action.ts'
import type { Connector, Facts, RunOrder, Runs } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { skipLoudly } from '../_redis.ts'
import { type AwsGround, makeAwsGround, policiesOfPage } from '../contract/aws-world.ts'
import { hostileTexts } from './_hostile-values.ts'
import { faultsOf, textOf } from './_opened-action.ts'

const one = 'i-0a1b2c3d4e5f60718'
const restart = {
  command: {
    document: 'orders-restart',
    version: 1,
    instances: [one],
    parameters: { service: [':service'], how: ['gently'] },
  },
}
const tagged = { key: 'Role', value: 'orders-app', most: 2 }
const onTagged = { command: { ...restart.command, instances: undefined, tag: tagged } }
const refund = {
  function: {
    name: 'refund-order',
    version: 'live',
    payload: { order: ':order:number', note: { reason: ':why', by: 'daypass' } },
  },
}
const text: Parameter = {
  name: 'service',
  label: 'x',
  type: 'string',
  pattern: '.*',
  example: null,
  maxLength: 9,
}
const number: Parameter = { name: 'order', label: 'x', type: 'number', min: 1, max: 9, decimals: 0 }

describe.skipIf(skipLoudly('actions of AWS', motoMissing))('actions of AWS', () => {
  let ground: AwsGround
  let connector: Connector
  const settings = () => ({ ...ground.atProxy, preparedRoles: {} })
  const state = () => ground.target.runCommand
  const functions = () => ground.target.functions

  beforeAll(async () => {
    ground = await makeAwsGround(policiesOfPage()[4])
    state().addDocument('orders-restart', ['service', 'how'])
    state().instances.set(one, { isOnline: true, tags: {} })
    functions().add('refund-order', { live: '7', '7': '7' }, { seconds: 20 })
    connector = ground.open({ preparedRoles: {} }, {}, 'aws', { restart, refund })
  })
  beforeEach(() => {
    ground.target.gateway.calm()
    state().sent.length = 0
    functions().calls.length = 0
    Object.assign(state(), {
      hidden: false,
      begins: { status: 'Success', details: 'Success', output: 'done\n' },
    })
  })
  afterAll(async () => {
    await connector?.close()
    await ground?.close()
  })

  const order = (content: object, values: Record<string, string> = { service: 'app' }): RunOrder => ({
    runId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'aws',
    actionId: 'it',
    content: contentFromJson(aws.action?.readContent((schema) => schema.parse(content)) as never),
    values,
    previewedRows: null,
    requester: { displayName: 'Carl', userId: 'U0CARL' },
  })
  const runs = (): Runs => {
    if (!connector.runs) throw new Error('no runs')
    return connector.runs
  }
  const never = () => new AbortController().signal
  const begun = async (run: RunOrder) => {
    const ready = await runs().ready(run)
    const result = await ready.execute(never())
    const mark: Facts = { ...ready.mark, ...(result.kind === 'under_way' ? result.found : {}) }
    return {
      result,
      mark,
      ready,
      settle: (isToStop = false, more: Facts = {}) => runs().settle(run, { ...mark, ...more }, isToStop),
    }
  }
  const begins = (status: Invocation['status'], details: string = status) =>
    Object.assign(state(), { begins: { status, details, output: 'half\n' } })

  it('sends a command once, with the id of the run, follows it, and gives back what it wrote', async () => {
    begins('InProgress')
    const run = order(restart)
    const { result, settle } = await begun(run)
    expect(result).toEqual({
      kind: 'under_way',
      progress: 'AWS took it.',
      found: { command: state().sent[0]?.id },
    })
    expect(state().sent).toMatchObject([
      {
        comment: `daypass run ${run.runId} AR-1042`,
        version: '1',
        parameters: { service: ['app'], how: ['gently'] },
        seconds: 300,
      },
    ])
    expect(await settle()).toMatchObject({ kind: 'under_way', progress: 'It is over on 0 of 1 instances.' })
    const invocation = state().sent[0]?.invocations.get(one)
    Object.assign(invocation ?? {}, {
      status: 'Success',
      details: 'Success',
      output: 'restarted',
      error: 'slowly',
    })
    expect(await settle()).toEqual({
      kind: 'done',
      summary: `It succeeded on ${one}.`,
      rows: null,
      output: { kind: 'text', text: 'restarted\nslowly\n', isCut: false },
    })
    expect(ground.target.gateway.calls.filter((call) => call === 'SendCommand')).toHaveLength(1)
  })

  it('says where AWS or the catalog cut the output', async () => {
    const long = 'x'.repeat(30_000)
    Object.assign(state(), { begins: { status: 'Success', details: 'Success', output: long } })
    expect(await (await begun(order(restart))).settle()).toMatchObject({
      output: { isCut: true, text: `${'x'.repeat(24_000)}\n[AWS keeps no more of it]\n` },
    })
    const short = { ...restart, limits: { bytes: 10 } }
    expect(await (await begun(order(short))).settle()).toMatchObject({
      output: { isCut: true, text: 'x'.repeat(10) },
    })
  })

  it('one that failed or ran too long was done, and says so; one that no instance got was not', async () => {
    const settled = async (status: Invocation['status'], details: string) => {
      begins(status, details)
      return (await begun(order(restart))).settle()
    }
    const wentWrong = { kind: 'done', wentWrong: true, output: { text: 'half\n' } }
    expect(await settled('Failed', 'Failed')).toMatchObject({
      ...wentWrong,
      summary: `It succeeded on 0 of 1 instances, and not on ${one} (Failed).`,
    })
    expect(await settled('TimedOut', 'Execution Timed Out')).toMatchObject(wentWrong)
    for (const [status, details] of [
      ['TimedOut', 'Delivery Timed Out'],
      ['Failed', 'Undeliverable'],
    ] as const)
      expect(await settled(status, details)).toMatchObject({ kind: 'undone', code: 'not_delivered' })
    expect(await settled('Cancelled', 'Cancelled')).toMatchObject({ kind: 'unknown', code: 'stopped' })
  })

  it('a stop, and the end of its time, cancel it at AWS: what it had done stays', async () => {
    begins('InProgress')
    const { settle } = await begun(order(restart))
    expect(await settle(true)).toMatchObject({ kind: 'under_way' })
    expect(await settle(true)).toMatchObject({ kind: 'unknown', code: 'stopped' })
    const late = await begun(order(restart))
    const since = new Date(Date.now() - 301_000).toISOString()
    expect(await late.settle(false, { since })).toMatchObject({
      progress: 'It is over on 0 of 1 instances. It ran longer than its limit, and is being cancelled.',
    })
    expect(await late.settle()).toMatchObject({ kind: 'unknown', code: 'stopped' })
    const stopped = new AbortController()
    stopped.abort()
    const ready = await runs().ready(order(restart))
    expect(await ready.execute(stopped.signal)).toMatchObject({ kind: 'undone', code: 'cancelled' })
    expect(state().sent).toHaveLength(2)
  })

  it('the answer is lost: it is found by its comment among many, and never sent again', async () => {
    ground.target.gateway.next('SendCommand', { cut: true })
    const run = order(restart)
    const { result, settle, mark } = await begun(run)
    expect([result.kind, mark.command]).toEqual(['unknown', undefined])
    // Somebody who saw the comment sends another one later.
    const [ours] = state().sent
    if (!ours) throw new Error('not sent')
    const others = Array.from({ length: 60 }, () => ({ ...ours, id: randomUUID(), comment: 'backup' }))
    state().sent.push(...others)
    state().sent.push({ ...ours, id: randomUUID(), sentAt: new Date(Date.now() + 5_000) })
    expect(await settle()).toMatchObject({ kind: 'done' })
    expect(state().sent.filter(({ comment }) => comment.includes(run.runId))).toHaveLength(2)
  })

  it('what AWS does not show may still come, until no call of that time is taken any more', async () => {
    ground.target.gateway.next('SendCommand', { status: 500, code: 'InternalServerError' })
    const { result, settle } = await begun(order(restart))
    expect(result).toMatchObject({ kind: 'unknown' })
    await expect(settle()).rejects.toMatchObject({ code: 'conflict', retryable: true })
    const since = (minutes: number) => ({ since: new Date(Date.now() - minutes * 60_000).toISOString() })
    await expect(settle(false, since(14))).rejects.toMatchObject({ retryable: true })
    expect(await settle(false, since(16))).toMatchObject({ kind: 'undone', code: 'interrupted' })
    // A command that it took, and that it removed after 30 days.
    const taken = await begun(order(restart))
    state().hidden = true
    expect(await taken.settle()).toMatchObject({ kind: 'unknown', code: 'gone' })
  })

  it('what AWS refuses, and what never left, is undone', async () => {
    const ready = await runs().ready(order(restart))
    Object.assign(state().instances.get(one) ?? {}, { isOnline: false })
    expect(await ready.execute(never())).toMatchObject({ kind: 'undone', code: 'misconfigured' })
    await expect(runs().ready(order(restart))).rejects.toThrow(`${one}: the instance is not managed`)
    Object.assign(state().instances.get(one) ?? {}, { isOnline: true })
    ground.target.gateway.next('SendCommand', { status: 400, code: 'ThrottlingException' }, 9)
    expect(await (await runs().ready(order(restart))).execute(never())).toMatchObject({
      kind: 'undone',
      code: 'throttled',
    })
    const refused = await runs().ready(order(restart))
    await ground.proxy.break()
    expect(await refused.execute(never())).toMatchObject({ kind: 'undone', code: 'unreachable' })
    await ground.proxy.mend()
    expect(state().sent).toEqual([])
  })

  it('by a tag, it runs on those that answer, and on none where they are more than the catalog permits', async () => {
    const add = (id: string, isOnline = true) =>
      state().instances.set(id, { isOnline, tags: { Role: 'orders-app' } })
    ground.target.admin.rights = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    add('i-00000001')
    add('i-00000002')
    add('i-00000003', false)
    const { settle, mark } = await begun(order(onTagged))
    expect(mark.instances).toEqual(['i-00000001', 'i-00000002'])
    const second = state().sent[0]?.invocations.get('i-00000002')
    Object.assign(second ?? {}, { status: 'Failed', details: 'Failed' })
    expect(await settle()).toMatchObject({
      summary: 'It succeeded on 1 of 2 instances, and not on i-00000002 (Failed).',
      output: { text: '== i-00000001 runStep\ndone\n== i-00000002 runStep\ndone\n' },
    })
    add('i-00000003')
    await expect(runs().ready(order(onTagged))).rejects.toThrow(
      '3 instances have the tag Role = orders-app, and the catalog permits 2',
    )
    for (const id of ['i-00000001', 'i-00000002', 'i-00000003']) state().instances.delete(id)
    await expect(runs().ready(order(onTagged))).rejects.toThrow(
      'no instance with the tag Role = orders-app answers',
    )
    ground.target.admin.rights = policiesOfPage()[4] as never
    expect(state().sent).toHaveLength(1)
  })

  it('another content of the document is not run', async () => {
    const hash = state().addDocument('orders-check', ['service'])
    ground.target.admin.rights = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    const check = (sha256: string, version = 1) =>
      order({
        command: {
          document: 'orders-check',
          version,
          sha256,
          instances: [one],
          parameters: { service: [':service'] },
        },
      })
    await (await runs().ready(check(hash))).execute(never())
    await expect(runs().ready(check('0'.repeat(64)))).rejects.toThrow('has another hash')
    await expect(runs().ready(check(hash, 2))).rejects.toThrow('InvalidDocument')
    state().addDocument('orders-automation', [], 'Automation')
    await expect(
      runs().ready(order({ command: { document: 'orders-automation', version: 1, instances: [one] } })),
    ).rejects.toThrow('only those of the type Command')
    ground.target.admin.rights = policiesOfPage()[4] as never
    expect(state().sent).toHaveLength(1)
  })

  it(`of ${hostileTexts.length} hostile texts a document gets only those that are no code`, async () => {
    for (const service of hostileTexts) {
      const refused = await runs()
        .ready(order(restart, { service }))
        .then(
          () => false,
          (error: Error) => /^service (holds a character|begins with)/.test(error.message),
        )
      expect(refused, JSON.stringify(service)).toBe(!/^(?!-)[A-Za-z0-9._/:@,+=-]+$/.test(service))
    }
  })

  it('calls a function once, with values as JSON and the id of the run, and gives back its answer', async () => {
    functions().behave('refund-order', async () => ({ payload: { refunded: 1003 } }))
    const run = order(refund, { order: '1003', why: '", "by": "me' })
    const { result } = await begun(run)
    expect(result).toEqual({
      kind: 'done',
      summary: 'The function refund-order (version 7) answered.',
      rows: null,
      output: { kind: 'text', text: '{"refunded":1003}', isCut: false },
    })
    expect(functions().calls).toEqual([
      {
        name: 'refund-order',
        version: '7',
        payload: { order: 1003, note: { reason: '", "by": "me', by: 'daypass' } },
        context: { custom: { daypass_run: run.runId, daypass_reference: 'AR-1042' } },
      },
    ])
  })

  it('every text reaches a function as it was typed', async () => {
    functions().behave('refund-order', async () => ({ payload: null }))
    for (const why of hostileTexts) await begun(order(refund, { order: '1', why }))
    expect(functions().calls.map(({ payload }) => payload)).toEqual(
      hostileTexts.map((reason) => ({ order: 1, note: { reason, by: 'daypass' } })),
    )
  })

  it('a function that failed was called: it is done, and went wrong', async () => {
    functions().behave('refund-order', async () => ({
      payload: { errorMessage: 'no such order' },
      error: 'Unhandled',
    }))
    expect((await begun(order(refund, { order: '1', why: 'x' }))).result).toMatchObject({
      kind: 'done',
      wentWrong: true,
      summary: 'The function refund-order (version 7) failed (Unhandled). What it had done by then stays.',
      output: { text: '{"errorMessage":"no such order"}' },
    })
  })

  it('a function that takes longer than other calls may is waited for', async () => {
    functions().behave('refund-order', async () => {
      await pause(7_000)
      return { payload: 'late' }
    })
    expect((await begun(order(refund, { order: '1', why: 'x' }))).result).toMatchObject({ kind: 'done' })
  }, 20_000)

  it('the connection to a function breaks: nobody knows, and it is not called again', async () => {
    functions().behave('refund-order', async () => ({ payload: null }))
    ground.target.gateway.next('InvokeFunction', { cut: true })
    const { result, settle } = await begun(order(refund, { order: '1', why: 'x' }))
    expect(result).toMatchObject({ kind: 'unknown', code: 'timeout' })
    expect(await settle()).toMatchObject({ kind: 'unknown', code: 'cannot_be_read' })
    expect(functions().calls).toHaveLength(1)
    ground.target.gateway.next('InvokeFunction', { status: 502, code: 'ServiceException' })
    expect((await begun(order(refund, { order: '1', why: 'x' }))).result).toMatchObject({ kind: 'unknown' })
    ground.target.gateway.next('InvokeFunction', { status: 413, code: 'RequestTooLargeException' })
    expect((await begun(order(refund, { order: '1', why: 'x' }))).result).toMatchObject({ kind: 'undone' })
  })

  it('a function that is not there, not ready, or runs longer than the limit is not called', async () => {
    const values = { order: '1', why: 'x' }
    await expect(runs().ready(order({ ...refund, limits: { seconds: 19 } }, values))).rejects.toThrow(
      'may run for 20 seconds, and `limits.seconds` is 19',
    )
    functions().add('refund-order', { live: '7' }, { seconds: 20, state: 'Pending' })
    await expect(runs().ready(order(refund, values))).rejects.toThrow('in the state Pending')
    functions().add('refund-order', {}, { seconds: 20 })
    await expect(runs().ready(order(refund, values))).rejects.toThrow('ResourceNotFoundException')
    functions().add('refund-order', { live: '7' }, { seconds: 20 })
    await expect(
      runs().ready(order(refund, { order: '123456789012345.123456789', why: 'x' })),
    ).rejects.toThrow('order has more digits')
    expect(functions().calls).toEqual([])
  })

  it('nobody is asked about what cannot be run; there is nothing to show of what can', async () => {
    expect(await runs().preview?.(order(restart))).toBeNull()
    expect(await runs().preview?.(order(restart, { service: 'a;b' }))).toMatchObject({ kind: 'problem' })
    ground.target.gateway.next('DescribeDocument', { status: 500, code: 'InternalServerError' })
    await expect(runs().preview?.(order(restart))).rejects.toMatchObject({ retryable: true })
  })

  it('the rights of the page are enough, and the check prints the statement for each that is missing', async () => {
    expect(await connector.check()).toMatchObject({ ok: true })
    const page = policiesOfPage()[4]
    if (!page) throw new Error('no policy')
    for (const [index, statement] of page.Statement.entries()) {
      for (const action of [statement.Action ?? []].flat()) {
        // Nobody can ask for this one without doing it.
        if (action === 'ssm:SendCommand') continue
        const rest = [statement.Action ?? []].flat().filter((other) => other !== action)
        const less = page.Statement.with(index, { ...statement, Action: rest })
        ground.target.admin.rights = { Statement: less }
        const found = await connector.check()
        expect(found).toMatchObject({
          problems: [{ what: expect.stringContaining(`Daypass lacks ${action}`) }],
        })
        const remedy = found.ok ? '' : (found.problems[0]?.remedy ?? '')
        ground.target.admin.rights = {
          Statement: [...less, ...JSON.parse(remedy.slice(remedy.indexOf('[')))],
        }
        expect(await connector.check(), action).toMatchObject({ ok: true })
      }
    }
    ground.target.admin.rights = page
    Object.assign(state().instances.get(one) ?? {}, { isOnline: false })
    expect(await connector.check()).toMatchObject({
      problems: [{ what: expect.stringContaining(`restart: ${one}`) }],
    })
    Object.assign(state().instances.get(one) ?? {}, { isOnline: true })
    expect([state().sent, functions().calls]).toEqual([[], []])
  })

  it('people approve the document, its version, the instances, the values and the payload', () => {
    expect(textOf(aws, settings(), restart, { service: 'app' })).toBe(
      `run the document orders-restart, version 1, for 300 seconds at the most\non ${one}\n{\n "how": [\n  "gently"\n ],\n "service": [\n  "app"\n ]\n}`,
    )
    expect(textOf(aws, settings(), onTagged, { service: 'app' })).toContain(
      'on every instance with the tag "Role" = "orders-app" that answers, 2 at the most',
    )
    expect(textOf(aws, settings(), refund, { order: '1003', why: 'lost' })).toBe(
      'call the function refund-order, version live, for 300 seconds at the most\n{\n "note": {\n  "by": "daypass",\n  "reason": "lost"\n },\n "order": 1003\n}',
    )
  })

  it('the template is checked', () => {
    expect(faultsOf(aws, restart, [text])).toEqual([])
    expect(faultsOf(aws, restart)).toEqual(['command: It names `:service`, which is no parameter.'])
    expect(faultsOf(aws, restart, [text, number])).toEqual([
      'parameters: The operation does not name the parameter `:order`.',
    ])
    const shell = { document: 'AWS-RunShellScript', version: 1, instances: [one] }
    expect(faultsOf(aws, { command: { ...shell, parameters: { commands: [':service'] } } }, [text])).toEqual([
      'command: A parameter in `commands` would be run as a program.',
    ])
    expect(
      faultsOf(aws, { command: { ...shell, parameters: { commands: ['echo {{ssm:secret}}'] } } }),
    ).toEqual([
      'command: `commands` holds `{{`, which AWS replaces when it runs: nobody would have approved that.',
    ])
    const called = (payload: object) => ({ function: { ...refund.function, payload } })
    expect(faultsOf(aws, called({ it: ':service:number' }), [text])).toEqual([
      'function: `:service:number` is no number.',
    ])
    expect(() => faultsOf(aws, { ...restart, ...refund })).toThrow('expected one of')
    expect(() => faultsOf(aws, { ...refund, limits: { seconds: 901 } })).toThrow(
      'a function runs for 900 seconds',
    )
    expect(() => faultsOf(aws, { function: { ...refund.function, version: '$LATEST' } })).toThrow(
      'expected a number, or an alias',
    )
    expect(() => faultsOf(aws, { command: { ...shell, tag: tagged } })).toThrow(
      'write either `instances` or `tag`',
    )
  })
})
