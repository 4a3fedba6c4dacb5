import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  checkpointBody,
  openCheckpoint,
  openNote,
  parseVerifierKey,
  signedNote,
  unverifiedCheckpoint,
  verifierKey,
} from './checkpoint.ts'
import { sha256 } from './merkle.ts'

/** https://c2sp.org/signed-note, and the package documentation of golang.org/x/mod/sumdb/note. */
const published = [
  {
    key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    text: 'This is an example message.\n',
    note: 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  },
  {
    key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    note: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  },
]

describe.each(published)('the published note of $key', ({ key, text, note }) => {
  const verifier = parseVerifierKey(key)

  it('is opened by its key', () => {
    expect(verifier?.text).toBe(key)
    expect(openNote(note, verifier ? [verifier] : [])).toEqual({ ok: true, body: text, by: [verifier] })
  })

  it('is refused with any character changed, and by any part of its key', () => {
    const keys = verifier ? [verifier] : []
    for (let at = 0; at < note.length; at += 1) {
      const changed = `${note.slice(0, at)}${note[at] === 'x' ? 'y' : 'x'}${note.slice(at + 1)}`
      expect(openNote(changed, keys).ok, `character ${at}`).toBe(false)
    }
    for (let from = 0; from < key.length; from += 1)
      for (let to = from + 1; to <= key.length; to += 1)
        if (from > 0 || to < key.length) expect(parseVerifierKey(key.slice(from, to))).toBe(null)
  })
})

it.each([
  'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
  'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
])('a key of another length or algorithm is refused: %s', (key) => {
  expect(parseVerifierKey(key)).toBe(null)
})

describe('a checkpoint', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = verifierKey('daypass-test', publicKey)
  const checkpoint = { origin: 'daypass-test', size: 1234, root: sha256('root') }
  const body = checkpointBody(checkpoint)
  const note = signedNote(body, key, sign(null, Buffer.from(body), privateKey))

  it('is opened by its key, beside signatures of others', () => {
    expect(openCheckpoint(note, [key])).toEqual({ ok: true, checkpoint, by: [key] })
    expect(openCheckpoint(`${note}— witness.example AAAAAAB0ZXN0\n`, [key]).ok).toBe(true)
    expect(unverifiedCheckpoint(note)).toEqual(checkpoint)
  })

  it('is refused where another key signed it, or a known one falsely', () => {
    const other = verifierKey('daypass-test', generateKeyPairSync('ed25519').publicKey)
    expect(openCheckpoint(note, [other])).toEqual({ ok: false, problem: 'No known key has signed it.' })
    expect(openCheckpoint(note.replace('1234', '1235'), [key])).toMatchObject({
      problem: expect.stringContaining('is false'),
    })
  })

  it.each(['01234', '-1', '1e3', '', '12345678901234567890'])(
    'its size is a plain number, not %j',
    (size) => {
      expect(unverifiedCheckpoint(note.replace('1234', size))).toBe(null)
    },
  )
})
