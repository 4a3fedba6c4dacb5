import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { ssh } from '../../src/connectors/ssh/connector.ts'
import type { Parameter } from '../../src/domain/action.ts'
import { skipLoudly } from '../_redis.ts'
import type { Content } from '../contract/_open-connector.ts'
import { makeSshWorld, type SshWorld } from '../contract/ssh-world.ts'
import { anyText, hostileTexts, takenBy } from './_hostile-values.ts'
import { faultsOf, openAction, textOf } from './_opened-action.ts'
import { run } from './_postgres-actions.ts'

const text = (name: string): Parameter => ({ ...anyText, name })
const forever = new AbortController().signal

/** Programs of the host. Each notes that it ran. */
const programs = {
  'note-run': 'echo "$1" >>/var/tmp/runs; echo "ran as $(id -un) in $(pwd)"; echo oops >&2',
  'show-args': 'for one; do printf %s "$one" | base64 -w 0; echo; done',
  slow: 'echo began; echo "$1" >>/var/tmp/runs; sleep 30 & sleep 30; echo "$1" >>/var/tmp/ended',
  fails: 'exit 3',
  talks: 'head -c 100000 /dev/zero | tr "\\\\0" x',
  'leaves-a-daemon': 'sleep 20 & echo started',
}

describe.skipIf(skipLoudly('actions of ssh', sshHostMissing))('on a host', () => {
  let world: SshWorld
  let settings: Record<string, unknown>
  beforeAll(async () => {
    world = await makeSshWorld()
    for (const [name, script] of Object.entries(programs))
      await world.host.run(`cat >/usr/local/bin/${name} <<'END'
#!/bin/sh
${script}
END
chmod 755 /usr/local/bin/${name}`)
    const { kind: _, ...rest } = world.inCatalog?.connector ?? {}
    settings = rest
  })
  afterAll(() => world?.close())
  const open = (content: Content, changes: object = {}) =>
    openAction(ssh, { ...settings, ...changes }, { runAs: 'deploy', ...content })
  const command = (...parts: string[]) => ({ command: [`/usr/local/bin/${parts[0]}`, ...parts.slice(1)] })
  const lines = async (file: string) =>
    (await world.host.run(`cat ${file} 2>/dev/null || true`)).split('\n').filter(Boolean)

  it('a command runs once, as its account, and its output and its exit code come back', async () => {
    const { runs, order } = open(command('note-run', ':it'))
    const one = order({ it: 'first' })
    expect(await runs.preview?.(one)).toBeNull()
    const ready = await runs.ready(one)
    expect(await lines('/var/tmp/runs')).toEqual([])
    const done = {
      kind: 'done',
      summary: 'It ended with the exit code 0.',
      rows: null,
      output: { kind: 'text', text: 'ran as deploy in /\noops\n', isCut: false },
    }
    expect(await ready.execute(forever)).toEqual(done)
    expect(await ready.execute(forever)).toEqual(done)
    expect(await runs.settle(one, {}, false)).toEqual(done)
    expect(await lines('/var/tmp/runs')).toEqual(['first'])
    const root = open({ ...command('note-run', 'x'), runAs: 'root' })
    expect(await run(root.runs, root.order())).toMatchObject({ output: { text: 'ran as root in /\noops\n' } })
  })

  it('an exit code, a time and a long output are told', async () => {
    const [fails, slow, talks] = [
      open(command('fails')),
      open({ ...command('slow', 'late'), limits: { seconds: 1 } }),
      open({ ...command('talks'), limits: { bytes: 5 } }),
    ]
    expect(await run(fails.runs, fails.order())).toMatchObject({
      kind: 'done',
      summary: 'It ended with the exit code 3.',
    })
    expect(await run(talks.runs, talks.order())).toMatchObject({ output: { text: 'xxxxx', isCut: true } })
    expect(await run(slow.runs, slow.order())).toMatchObject({
      summary: 'It ran longer than its limit (1 s), and was ended.',
      output: { text: 'began\n' },
    })
    expect(await lines('/var/tmp/ended')).toEqual([])
    const daemon = open(command('leaves-a-daemon'))
    expect(await run(daemon.runs, daemon.order())).toMatchObject({
      kind: 'done',
      summary: 'It ended with the exit code 0.',
    })
  })

  it('it goes on without the process that asked for it, and that is told until it ends', async () => {
    const { runs, order } = open(command('slow', 'alone'))
    const one = order()
    const ready = await runs.ready(one)
    const stop = new AbortController()
    const executing = ready.execute(stop.signal)
    await vi.waitUntil(async () => (await lines('/var/tmp/runs')).includes('alone'), { timeout: 5_000 })
    expect(await runs.settle(one, {}, false)).toEqual({ kind: 'under_way' })
    stop.abort()
    expect(await executing).toMatchObject({ kind: 'unknown', code: 'stopped' })
    expect(await runs.settle(one, {}, false)).toMatchObject({ kind: 'unknown', code: 'stopped' })
    expect(await world.host.run('pgrep -fc "[s]leep 30" || true')).toBe('0\n')
    expect(await lines('/var/tmp/ended')).toEqual([])
    const other = order()
    const next = (await runs.ready(other)).execute(forever)
    await vi.waitUntil(
      async () => (await lines('/var/tmp/runs')).filter((line) => line === 'alone').length === 2,
      { timeout: 5_000 },
    )
    expect(await runs.settle(other, {}, true)).toMatchObject({ kind: 'unknown', code: 'stopped' })
    expect(await next).toMatchObject({ kind: 'unknown', code: 'stopped' })
  })

  it('a run that was settled before it began is never executed', async () => {
    const { runs, order } = open(command('note-run', 'never'))
    const [one, other] = [order(), order()]
    const ready = await runs.ready(one)
    expect(await runs.settle(one, {}, false)).toMatchObject({ kind: 'undone', code: 'interrupted' })
    expect(await ready.execute(forever)).toMatchObject({ kind: 'undone' })
    expect(await runs.settle(other, {}, true)).toMatchObject({ kind: 'undone' })
    expect(await ready.execute(AbortSignal.abort())).toMatchObject({ code: 'cancelled' })
    expect(await lines('/var/tmp/runs')).not.toContain('never')
  })

  it('where the host itself lost it, nobody knows', async () => {
    const { runs, order } = open(command('slow', 'lost'))
    const one = order()
    const executing = (await runs.ready(one)).execute(forever)
    await vi.waitUntil(async () => (await lines('/var/tmp/runs')).includes('lost'), { timeout: 5_000 })
    await world.host.run(
      `kill -9 $(cut -d' ' -f1 /var/lib/daypass-ssh/runs/${one.runId}/supervisor); pkill -9 -f '[s]low lost' || true`,
    )
    await world.host.run(`rm -f /var/lib/daypass-ssh/runs/${one.runId}/code`)
    expect(await executing).toMatchObject({ kind: 'unknown', code: 'lost' })
    expect(await runs.settle(one, {}, false)).toMatchObject({ kind: 'unknown', code: 'lost' })
  })

  it('hostile values are arguments as they are, and never options or programs', async () => {
    const values = takenBy(anyText, hostileTexts).filter((value) => value.length < 10_000)
    for (let at = 0; at < values.length; at += 40) {
      const some = values.slice(at, at + 40)
      const { runs, order } = open(command('show-args', '--', ...some.map((_, index) => `:v${index}`)))
      const result = await run(
        runs,
        order(Object.fromEntries(some.map((value, index) => [`v${index}`, value]))),
      )
      const output = result.kind === 'done' && result.output?.kind === 'text' ? result.output.text : ''
      const shown = output
        .trimEnd()
        .split('\n')
        .map((line) => Buffer.from(line, 'base64').toString())
      expect(shown).toEqual(['--', ...some])
    }
    const option = open(command('show-args', ':it'))
    for (const value of ['-rf', '--help', '-'])
      expect(await option.runs.preview?.(option.order({ it: value }))).toMatchObject({
        kind: 'problem',
        message: 'it begins with “-”, so the program would take it for an option.',
      })
  })

  it('what cannot be run is asked of nobody, and doctor says so', async () => {
    for (const [content, says] of [
      [{ command: ['/usr/bin/there-is-none'] }, 'there is no program /usr/bin/there-is-none'],
      [{ command: ['/usr/bin/id'], runAs: 'nobody-here' }, 'there is no account nobody-here'],
      [{ command: ['/usr/bin/id'], host: 'web-9' }, 'There is no host web-9'],
    ] as const) {
      const { runs, order, check } = open(content)
      expect(JSON.stringify(await check()), says).toContain(says)
      await expect(runs.ready(order())).rejects.toMatchObject({ code: 'misconfigured' })
      const asked = await runs.preview?.(order()).catch((error: Error) => error)
      expect(JSON.stringify(asked) + String(asked)).toContain(says)
    }
    expect(await open(command('fails')).check()).toMatchObject({ ok: true })
  })

  it('the helper takes no request that is not whole, and keeps output for a day', async () => {
    const { runs, order } = open(command('note-run', 'kept'))
    const one = order()
    await run(runs, one)
    const folder = `/var/lib/daypass-ssh/runs/${one.runId}`
    await world.host.run(`find ${folder} -exec touch -d '2 days ago' {} +; /usr/local/sbin/daypass-ssh sweep`)
    expect(await world.host.run(`ls ${folder}`)).toBe('code\nsupervisor\n')
    await world.host.run(
      `touch -d '4 days ago' ${folder}; /usr/local/sbin/daypass-ssh sweep; ! test -e ${folder}`,
    )
    const serve = (request: string) =>
      world.host.run(`printf '%b' '${request}' | /usr/local/sbin/daypass-ssh serve`)
    expect(await serve('start\\nrun ../x\\n.\\n')).toContain('error request run')
    expect(await serve(`start\\nrun ${one.runId}\\n.\\n`)).toContain('error request incomplete')
    expect(
      await serve(`start\\nrun ${one.runId}\\nas deploy\\nseconds 1\\nbytes 1\\narg =L3Vzci9iaW4vaWQ=\\n`),
    ).toBe('')
  })

  it('the catalog is checked, and the text says what will be run', () => {
    const faults = (content: Content, parameters: readonly Parameter[] = []) =>
      faultsOf(ssh, { runAs: 'root', ...content }, parameters)
    expect(faults({ command: ['/bin/sh', '-c', ':x'] }, [text('x')])).toEqual([
      'command: `:x` after `-c` would be read as a program.',
    ])
    expect(faults({ command: ['/bin/id', ':x'] }, [text('y')])).toEqual([
      'command: It names `:x`, which is no parameter.',
      'parameters: The command does not name the parameter `:y`.',
    ])
    expect(
      textOf(ssh, settings, { runAs: 'root', ...command('note-run', '--to', ':x', 'a b') }, { x: 'a "b"' }),
    ).toBe('/usr/local/bin/note-run --to "a \\"b\\"" "a b"\n\nas root, for 60 seconds at the most')
  })
})
