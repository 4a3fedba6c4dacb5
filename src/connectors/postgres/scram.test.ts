import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { expect, it } from 'vitest'
import { scramVerifier } from './scram.ts'

it('the verifier is what RFC 7677 derives from the password and its salt', async () => {
  const verifier = await scramVerifier('pencil')
  const [, iterations, salt, stored, server] =
    /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? []
  const salted = pbkdf2Sync('pencil', Buffer.from(salt ?? '', 'base64'), Number(iterations), 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  expect(stored).toBe(createHash('sha256').update(hmac('Client Key')).digest('base64'))
  expect(server).toBe(hmac('Server Key').toString('base64'))
})

it('the same password never has the same verifier', async () => {
  expect(await scramVerifier('pencil')).not.toBe(await scramVerifier('pencil'))
})
