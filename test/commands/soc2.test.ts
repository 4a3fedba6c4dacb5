import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyAudit } from '../../src/commands/audit.ts'
import { verifierKey } from '../../src/domain/record/checkpoint.ts'
import { makeKey, openSigner } from '../../src/record/keys.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from '../record/_record-world.ts'
import { daypass, folder } from './_command.ts'

let world: RecordWorld
let environment: Record<string, string>
const keyFile = join(folder, 'key.pem')
const pack = join(folder, 'pack')
const period = ['--from', '2026-11-22', '--to', '2026-11-22', '--sample', '3', '--seed', '42']

/** Six leases, of which the first began before the period, and the last ends after it. */
beforeAll(async () => {
  world = await openRecordWorld()
  await makeKey(keyFile)
  environment = { DATABASE_URL: world.databaseUrl, DAYPASS_LOG_KEY_FILE: keyFile, DAYPASS_DIRECTORY: folder }
  for (let n = 0; n < 6; n += 1) {
    const { id } = await world.ask({ duration: '2h', justification: 'Fixing the totals of INC-42' })
    await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
    await world.processAll()
    world.clock.advance(2 * 3_600 + 60)
    await world.processAll()
    // The last one is asked for at eleven in the evening.
    if (n === 4) world.clock.advance(3 * 3_600 + 2_400)
  }
  await world.sequence()
  await world.sign(await openSigner({ keyFile, command: null }))
}, 60_000)
afterAll(() => world.close())

const soc2 = (...args: string[]) => daypass(['audit', 'soc2', ...args], environment)

/** Follows the README in an empty folder that has nothing but the pack. */
function follow(change: (copy: string) => void = () => {}) {
  const copy = mkdtempSync(join(tmpdir(), 'daypass-auditor-'))
  try {
    cpSync(pack, copy, { recursive: true })
    change(copy)
    const steps = [...readFileSync(join(copy, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
    const said = steps.map(([, lines]) => {
      const { stdout, stderr } = spawnSync('sh', ['-c', lines ?? ''], {
        cwd: copy,
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      })
      return `${stdout}${stderr}`
    })
    return { check: said[0] ?? '', signature: said[1] ?? '', rank: said[2] ?? '' }
  } finally {
    rmSync(copy, { recursive: true })
  }
}

describe('daypass audit soc2', { timeout: 120_000 }, () => {
  it('writes a pack that its own README proves in an empty folder', async () => {
    const { stdout, stderr, code } = await soc2(...period, '--out', pack)
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toContain('6 accesses granted, 5 removed')
    expect(readdirSync(pack).toSorted()).toEqual([
      'README.md',
      'check.mjs',
      'checkpoint.txt',
      'key.pem',
      'key.txt',
      'log.jsonl',
      'period.json',
      'population.csv',
      'sample',
      'sample.csv',
    ])
    expect(statSync(pack).mode & 0o077).toBe(0)
    const { check, signature, rank } = follow()
    expect(
      check
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 4)),
    ).toEqual(Array(6).fill('ok  '))
    expect(rank).toMatch(/[0-9a-f]{64}/)
    if (hasOpenssl()) expect(signature).toContain('Signature Verified Successfully')
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      const verified = async (given: { pack: string; key?: string }) => {
        process.exitCode = undefined
        await verifyAudit(given)
        return process.exitCode
      }
      expect(await verified({ pack, key: join(pack, 'key.txt') })).toBe(0)
      const other = verifierKey('daypass-other', generateKeyPairSync('ed25519').publicKey).text
      expect(await verified({ pack, key: other })).toBe(1)
      expect(printed.mock.calls.join('')).toContain('another key has signed it')
      await expect(verified({ pack: folder })).rejects.toThrow('has no checkpoint.txt')
    } finally {
      process.exitCode = undefined
      printed.mockRestore()
    }
  })

  it('has the population with its positions, and no free text', () => {
    const lines = readFileSync(join(pack, 'population.csv'), 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(7)
    const log = readFileSync(join(pack, 'log.jsonl'), 'utf8').split('\n')
    for (const line of lines.slice(1)) {
      const [reference, position] = [line.split(',')[0], Number(line.split(',').at(-2))]
      expect(JSON.parse(log[position] ?? '')).toMatchObject({
        action: 'grant.activated',
        request: { reference },
      })
    }
    const all = execFileSync(
      'cat',
      [
        ...['log.jsonl', 'population.csv', 'sample.csv'].map((name) => join(pack, name)),
        ...readdirSync(join(pack, 'sample')).map((name) => join(pack, 'sample', name)),
      ],
      { encoding: 'utf8' },
    )
    expect(all).not.toContain('INC-42')
  })

  const edit = (name: string, from: string | RegExp, to: string) => (copy: string) => {
    const path = join(copy, name)
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
  }
  it.each([
    [
      'an event that was changed',
      edit('log.jsonl', '"grant.activated"', '"grant.activating"'),
      /BAD {2}log\.jsonl/,
    ],
    ['an event that was left out', edit('log.jsonl', /.*\n/, ''), /BAD {2}log\.jsonl/],
    ['an access that was left out', edit('population.csv', /AR-.*\n/, ''), /BAD {2}population\.csv/],
    ['a sample that somebody chose', edit('sample.csv', /granted,AR-.*\n/, ''), /BAD {2}sample\.csv/],
    [
      'a checkpoint that was changed',
      edit('checkpoint.txt', /\n(\d+)\n/, '\n1$1\n'),
      /BAD {2}the checkpoint/,
    ],
  ])('%s is found', (_, change, said) => {
    expect(follow(change).check).toMatch(said)
  })

  it('a changed event of the sample is found', () => {
    const [name] = readdirSync(join(pack, 'sample'))
    expect(follow(edit(join('sample', name ?? ''), 'T0DAYPASS', 'T0DAYPAST')).check).toMatch(
      /BAD {2}AR-\d+, position/,
    )
  })

  it('draws the same sample again, another one for another seed, and texts where they are wanted', async () => {
    const again = join(folder, 'again')
    await soc2(...period, '--out', again, '--texts')
    const sample = (of: string) => readFileSync(join(of, 'sample.csv'), 'utf8')
    expect(sample(again)).toBe(sample(pack))
    const [name] = readdirSync(join(again, 'sample'))
    expect(readFileSync(join(again, 'sample', name ?? ''), 'utf8')).toContain('Fixing the totals of INC-42')
    expect(readFileSync(join(again, 'README.md'), 'utf8')).toContain('they may be personal data')
    rmSync(pack, { recursive: true })
    cpSync(again, pack, { recursive: true })
    expect(follow().check).not.toContain('BAD')
    const [changed] = readdirSync(join(pack, 'sample'))
    expect(follow(edit(join('sample', changed ?? ''), 'Fixing the', 'Mending the')).check).toMatch(
      /BAD {2}AR-\d+: the text/,
    )
  })

  it.each([[['--from', '2026-13-01', '--to', '2026-11-22'], /--from needs a day/]])(
    '%o says what is wrong',
    async (args, said) => {
      const { stderr, code } = await soc2(...args, '--out', join(folder, 'none'))
      expect([stderr.match(said) !== null, code]).toEqual([true, 1])
    },
  )

  it('writes into no folder that holds something', async () => {
    const { stderr, code } = await soc2(...period, '--out', folder)
    expect([stderr.includes('is not empty'), code]).toEqual([true, 1])
  })
})

/** Other builds of OpenSSL, such as LibreSSL, do not verify Ed25519. */
function hasOpenssl(): boolean {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return /^OpenSSL 3/.test(stdout ?? '')
}
