import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCheckpoint } from '../../src/domain/record/checkpoint.ts'
import { makeKey, openSigner } from '../../src/record/keys.ts'
import { createMemory } from '../../src/record/memory.ts'
import { createPlaces } from '../../src/record/places.ts'
import { post } from '../../src/siem/destinations/http.ts'
import { orderPublication } from '../../src/usecases/record/publish-checkpoint.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'daypass-record-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let world: RecordWorld
beforeAll(async () => {
  world = await openRecordWorld()
  return world.close
})

async function nextCheckpoint() {
  await world.append(1)
  await world.sequence()
  await world.sign()
  const last = await world.record.lastCheckpoint()
  if (!last) throw new Error('nothing was signed')
  return last
}

it('a file gets one checkpoint after the other', async () => {
  const places = createPlaces(post)
  const place = { kind: 'file', path: join(folder, 'checkpoints') } as const
  const [one, other] = [await nextCheckpoint(), await nextCheckpoint()]
  await places.put(place, one)
  await places.put(place, other)
  expect(readFileSync(place.path, 'utf8')).toBe(`${one.note}\n${other.note}\n`)
})

it('a bare git repository gets a commit for each, and none for the same one again', async () => {
  const places = createPlaces(post)
  const repository = join(folder, 'record.git')
  execFileSync('git', ['init', '--bare', '--quiet', repository])
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', repository, ...args], { encoding: 'utf8' })
  const place = { kind: 'git', repository } as const
  const [one, other] = [await nextCheckpoint(), await nextCheckpoint()]
  for (const checkpoint of [one, one, other]) await places.put(place, checkpoint)
  expect(git('log', '--format=%s', 'checkpoints').trim().split('\n')).toEqual([
    `Checkpoint of ${other.size} events`,
    `Checkpoint of ${one.size} events`,
  ])
  expect(git('show', 'checkpoints:checkpoint')).toBe(other.note)
  expect(git('show', 'checkpoints~1:checkpoint')).toBe(one.note)
})

it('a webhook gets it as JSON; its refusal is told without its address, which may hold a secret', async () => {
  const got: unknown[] = []
  let status = 200
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      got.push(JSON.parse(body))
      response.writeHead(status).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/hook?token=hunter22`
  const place = { kind: 'webhook', url, allowAddresses: ['127.0.0.1'] } as const
  const checkpoint = await nextCheckpoint()
  await createPlaces(post).put(place, checkpoint)
  expect(got).toEqual([
    { size: checkpoint.size, signedAt: checkpoint.signedAt.toISOString(), checkpoint: checkpoint.note },
  ])
  status = 500
  const refused = createPlaces(post).put(place, checkpoint)
  await expect(refused).rejects.toThrow('answers with 500')
  await expect(refused).rejects.not.toThrow('hunter22')
  server.close()
  server.closeAllConnections()
  await expect(createPlaces(post).put(place, checkpoint)).rejects.toThrow('Nothing listens there')
  // A private address is called only where the catalog names it.
  for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '[::1]']) {
    const inside = { ...place, url: `http://${host}:${port}/hook?token=hunter22`, allowAddresses: [] }
    const refusedInside = createPlaces(post).put(inside, checkpoint)
    await expect(refusedInside).rejects.toThrow(/loopback, link-local|private/)
    await expect(refusedInside).rejects.not.toThrow('hunter22')
  }
})

it('checkpoints go to every place of the catalog, at most so often, and only when the tree has grown', async () => {
  const { ports } = world
  const catalog = {
    ...ports.catalog,
    record: {
      publishEverySeconds: 900,
      verifyEverySeconds: 3_600,
      verifyWholeEverySeconds: 86_400,
      places: [
        { kind: 'slack' as const, channel: 'C0SECURITY' },
        { kind: 'file' as const, path: 'checkpoints' },
      ],
    },
  }
  Object.assign(ports, { catalog })
  const published = () => (ports.places as unknown as { published: string[] }).published
  const { size } = await nextCheckpoint()
  await orderPublication(ports)
  await orderPublication(ports)
  await world.processAll()
  expect(published()).toEqual([`file ${size}`])
  expect(world.channel.notices.at(-1)).toMatchObject({ kind: 'record_checkpoint' })
  world.clock.advance(1_000)
  await orderPublication(ports)
  await world.processAll()
  expect(published()).toHaveLength(1)
  const next = await nextCheckpoint()
  await orderPublication(ports)
  await world.processAll()
  expect(published()).toEqual([`file ${size}`, `file ${next.size}`])
})

it('a key is made once, for its owner alone, and signs what its public part verifies', async () => {
  const keyFile = join(folder, 'made', 'key.pem')
  expect(await Promise.all([makeKey(keyFile), makeKey(keyFile)])).toContain(true)
  expect(await makeKey(keyFile)).toBe(false)
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  const signer = await openSigner({ keyFile, command: null })
  await world.append(1)
  await world.sequence()
  // Another key than the one that signs this record.
  expect(await world.sign(signer)).toEqual({ kind: 'other_key' })
})

it('a command signs in place of a file, and one that signs with another key is refused', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const own = join(folder, 'hsm.pem')
  writeFileSync(own, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const keyFile = join(folder, 'public.pem')
  writeFileSync(keyFile, publicKey.export({ type: 'spki', format: 'pem' }))
  // As the command line of a KMS would: https://docs.openssl.org/3.0/man1/openssl-pkeyutl
  const command = `cat > '${folder}/text' && openssl pkeyutl -sign -inkey '${own}' -rawin -in '${folder}/text' | base64 -w0`
  const signer = await openSigner({ keyFile, command })
  const key = await signer.key('somebody')
  const body = 'somebody\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'
  const { signedNote } = await import('../../src/domain/record/checkpoint.ts')
  expect(openCheckpoint(signedNote(body, key, await signer.sign(body)), [key]).ok).toBe(true)
  expect(createPublicKey(readFileSync(keyFile)).asymmetricKeyType).toBe('ed25519')
  const other = join(folder, 'other.pem')
  writeFileSync(other, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))
  const wrong = await openSigner({ keyFile: other, command })
  await expect(wrong.sign(body)).rejects.toThrow('signs with another key')
  await expect((await openSigner({ keyFile, command: 'exit 3' })).sign(body)).rejects.toThrow('ended with 3')
})

it.each([
  ['is missing', () => join(folder, 'nowhere.pem'), 'cannot be read (ENOENT)'],
  [
    'is of another kind',
    () => {
      const path = join(folder, 'rsa.pem')
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
      return path
    },
    'holds no private Ed25519 key',
  ],
])('a key that %s is refused, with what to do', async (_, path, message) => {
  await expect(openSigner({ keyFile: path(), command: null })).rejects.toThrow(message)
})

it('the last signed checkpoint is remembered by the next process of the machine', async () => {
  const path = join(folder, 'memory', 'last.checkpoint')
  expect(await createMemory(path).last()).toBe(null)
  await createMemory(path).remember('a note\n')
  expect(await createMemory(path).last()).toBe('a note\n')
})
