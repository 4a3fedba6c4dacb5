import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * The verifier that Postgres stores for a password (RFC 5802, RFC 7677). Made here, so that the password itself is in
 * no statement and in no server log. `password` must be ASCII: nothing is normalised.
 */
export async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16)
  const iterations = 4096
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
