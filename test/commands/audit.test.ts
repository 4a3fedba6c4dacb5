import { generateKeyPairSync, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import canonicalize from 'canonicalize'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKey, openSigner } from '../../src/record/keys.ts'
import { openRecordWorld, type RecordWorld } from '../record/_record-world.ts'
import { daypass, folder } from './_command.ts'

let world: RecordWorld
let environment: Record<string, string>
let reference: string
/** The sizes of the two checkpoints. */
let sizes: [number, number]
const keyFile = join(folder, 'key.pem')
const path = (name: string) => join(folder, name)

beforeAll(async () => {
  world = await openRecordWorld()
  await makeKey(keyFile)
  environment = { DATABASE_URL: world.databaseUrl, DAYPASS_LOG_KEY_FILE: keyFile, DAYPASS_DIRECTORY: folder }
  const request = await world.ask({ ticket: 'OPS-42' })
  reference = request.reference
  await world.append(20)
  const first = await signed()
  await world.append(30)
  sizes = [first, await signed()]
}, 60_000)
afterAll(() => world.close())

async function signed(by = keyFile): Promise<number> {
  await world.sequence()
  const signing = await world.sign(await openSigner({ keyFile: by, command: null }))
  if (signing.kind !== 'signed') throw new Error(signing.kind)
  return signing.size
}

const audit = (...args: string[]) => daypass(['audit', ...args], environment)

describe('daypass audit', { timeout: 120_000 }, () => {
  it('verifies the database, and an export of it with the public key alone', async () => {
    const { stdout, code } = await audit('verify')
    expect(stdout).toMatch(/^✔ \d+ events, root \S+; \d+ of them signed, 2 checkpoints checked\./)
    expect(code).toBe(0)
    const key = (await audit('key')).stdout.trim()
    writeFileSync(path('key'), key)
    await audit('export', path('log.jsonl'), '--texts', path('texts.jsonl'))
    expect(readFileSync(path('log.jsonl'), 'utf8')).not.toMatch(/INC-42|OPS-42/)
    const texts = readFileSync(path('texts.jsonl'), 'utf8')
    expect([texts.includes('INC-42'), texts.includes('OPS-42')]).toEqual([true, true])
    // Nothing but the file and the key.
    const elsewhere = [
      'audit',
      'verify',
      '--from',
      path('log.jsonl'),
      '--texts',
      path('texts.jsonl'),
      '--key',
      path('key'),
    ]
    const verified = await daypass(elsewhere)
    expect([verified.stdout, verified.stderr, verified.code]).toEqual([`${stdout.split('\n')[0]}\n`, '', 0])
  })

  it('names the first fault of an export that was changed', async () => {
    const lines = readFileSync(path('log.jsonl'), 'utf8').trimEnd().split('\n')
    // Every other change: src/usecases/record/_verify/verify-log.test.ts.
    const changes: [string, string[], RegExp][] = [
      [
        'an edited event',
        lines.with(9, lines[9]?.replace('"n":', '"m":') ?? ''),
        /✘ position 8: the event \(people\.imported\) is not/,
      ],
      [
        'a cut',
        lines.slice(0, -5),
        /✘ position \d+: the record ends here, but a tree of \d+ events was signed/,
      ],
    ]
    for (const [what, changed, said] of changes) {
      writeFileSync(path('changed.jsonl'), `${changed.join('\n')}\n`)
      const { stdout, code } = await daypass([
        'audit',
        'verify',
        '--from',
        path('changed.jsonl'),
        '--key',
        path('key'),
      ])
      expect(stdout.split('\n')[0], what).toMatch(said)
      expect(code, what).toBe(1)
    }
  })

  it('another key that is wanted was not the one that signed', async () => {
    await makeKey(path('other.pem'))
    const { origin } = await world.record.state()
    const other = await (await openSigner({ keyFile: path('other.pem'), command: null })).key(origin)
    const { stdout, code } = await daypass([
      'audit',
      'verify',
      '--from',
      path('log.jsonl'),
      '--key',
      other.text,
    ])
    expect(stdout).toContain('No known key has signed it')
    expect(code).toBe(1)
  })

  it('proves a request, and verifiers that are not ours agree', async () => {
    const { stdout, code } = await audit('prove', reference, '--json')
    expect(code).toBe(0)
    const proof = JSON.parse(stdout)
    expect(proof.events.map(({ event }: { event: { action: string } }) => event.action)).toEqual([
      'request.submitted',
    ])
    // The checkpoint and the proof, by the verifier of sigstore.
    const [body, signature] = String(proof.checkpoint).split('\n\n')
    const checkpoint = LogCheckpoint.fromString(`${body}\n`)
    for (const { position, event, proof: hashes } of proof.events)
      verifyMerkleInclusion(
        {
          inclusionProof: {
            logIndex: String(position),
            hashes: hashes.map((hash: string) => Buffer.from(hash, 'base64')),
          },
          canonicalizedBody: Buffer.from(canonicalize(event) ?? ''),
        } as never,
        checkpoint,
      )
    // The signature, by node:crypto and the text of https://c2sp.org/signed-note alone.
    const bytes = Buffer.from(String(proof.key).split('+').slice(2).join('+'), 'base64').subarray(1)
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes])
    const signed = Buffer.from(signature?.trim().split(' ')[2] ?? '', 'base64').subarray(4)
    expect(verify(null, Buffer.from(`${body}\n`), { key: spki, format: 'der', type: 'spki' }, signed)).toBe(
      true,
    )
    expect(proof.texts).toHaveLength(2)
  })

  it('proves that the log only grew', async () => {
    const { stdout, code } = await audit('consistency', String(sizes[0]), String(sizes[1]))
    expect(JSON.parse(stdout)).toMatchObject({ holds: true })
    expect(code).toBe(0)
  })

  it('another key signs after the present one has named it, and the log is sound from the first key on', async () => {
    writeFileSync(
      path('next.pem'),
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    )
    const { stdout, code } = await audit('rotate-key', '--to', path('next.pem'))
    expect(stdout).toContain('Recorded. Set DAYPASS_LOG_KEY_FILE')
    expect(code).toBe(0)
    await expect(signed()).rejects.toThrow('other_key')
    await signed(path('next.pem'))
    const verified = await audit('verify', '--key', path('key'))
    expect([verified.stdout.slice(0, 1), verified.code]).toEqual(['✔', 0])
    // Somebody who can write events, and has not the key, cannot hand the log to another one.
    await world.owner
      .sql`insert into audit_events (at, action, details) select at, action, details || '{"to": "x"}'
      from audit_events where action = 'record.key_changed'`
    await world.sequence()
    expect((await world.check()).faults[0]?.what).toContain('the key was changed, but')
  })
})
