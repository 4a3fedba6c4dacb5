import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { parsePublicKey } from './public-key.ts'

const data = (type: string, length: number) => {
  const name = Buffer.from(type)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(name.length)
  return Buffer.concat([size, name, Buffer.alloc(length, 7)]).toString('base64')
}
const key = (type: string, length = 36) => `${type} ${data(type, length)}`

it.each([
  ['ssh-ed25519', 36],
  ['sk-ssh-ed25519@openssh.com', 44],
  ['ecdsa-sha2-nistp256', 85],
  ['ssh-rsa', 270],
])('a key of type %s is taken, without its comment', (type, length) => {
  expect(parsePublicKey(`  ${key(type, length)} casey@laptop\n`)).toEqual({
    ok: true,
    publicKey: key(type, length),
  })
})

it.each([
  ['', 'no SSH public key'],
  ['casey', 'no SSH public key'],
  [`ssh-ed25519 ${data('ssh-rsa', 300)}`, 'no SSH public key'],
  [`${key('ssh-dss', 300)}`, 'no SSH public key'],
  [`${key('ssh-ed25519-cert-v01@openssh.com')}`, 'no SSH public key'],
  [`command="id" ${key('ssh-ed25519')}`, 'no SSH public key'],
  [`${key('ssh-ed25519')}\n${key('ssh-ed25519')}`, 'as one line'],
  [key('ssh-rsa', 140), 'shorter than 2048'],
  [`${generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })}`, 'private key'],
])('%s is refused', (typed, problem) => {
  const read = parsePublicKey(typed)
  expect(read).toMatchObject({ ok: false, problem: expect.stringContaining(problem) })
})
