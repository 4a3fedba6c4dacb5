import { spawn } from 'node:child_process'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { verifierKey } from '../domain/record/checkpoint.ts'
import type { RecordSigner } from '../domain/record/record-log.ts'
import { StartupRefused } from '../domain/startup-refused.ts'

export interface KeySettings {
  /** PEM of an Ed25519 key: the private one, or the public one where a command signs. */
  readonly keyFile: string
  /** Signs: gets the text on its standard input, and prints the raw signature in base64. Null: the key file signs. */
  readonly command: string | null
}

/** Throws `StartupRefused`: the key is missing, is of another kind, or does not sign. */
export async function openSigner({ keyFile, command }: KeySettings): Promise<RecordSigner> {
  const pem = await readFile(keyFile, 'utf8').catch((error: NodeJS.ErrnoException) =>
    refuse(`The key of the record in ${keyFile} cannot be read (${error.code}).`),
  )
  const privateKey = command === null ? readKey(pem, createPrivateKey, keyFile, 'private') : null
  const publicKey = privateKey
    ? createPublicKey(privateKey)
    : readKey(pem, createPublicKey, keyFile, 'public')
  return {
    key: async (name) => verifierKey(name, publicKey),
    sign: async (text) => {
      const data = Buffer.from(text)
      const signature = privateKey ? sign(null, data, privateKey) : await signBy(command ?? '', text)
      if (verify(null, data, publicKey, signature)) return signature
      return refuse(`DAYPASS_LOG_KEY_COMMAND signs with another key than the one in ${keyFile}.`)
    },
  }
}

/** Makes a key where there is none. False: there is one. Two processes may do it at once: the first one stays. */
export async function makeKey(keyFile: string): Promise<boolean> {
  await mkdir(dirname(keyFile), { recursive: true })
  const file = await open(keyFile, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (!file) return false
  try {
    await file.writeFile(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await file.sync()
  } finally {
    await file.close()
  }
  return true
}

function readKey(
  pem: string,
  read: (pem: string) => KeyObject,
  keyFile: string,
  which: 'private' | 'public',
): KeyObject {
  try {
    const key = read(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // The error of OpenSSL may quote the key.
  }
  return refuse(`${keyFile} holds no ${which} Ed25519 key in PEM.`)
}

const commandLimitMs = 10_000

function signBy(command: string, text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'ignore'], timeout: commandLimitMs })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.from(printed.trim(), 'base64'))
      else reject(new Error(`DAYPASS_LOG_KEY_COMMAND ended with ${code ?? 'a time-out'}`))
    })
    // A command that reads nothing closes its input early.
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })
}

function refuse(what: string): never {
  throw new StartupRefused(
    what,
    'Set DAYPASS_LOG_KEY_FILE to the key of this record, or see docs/record.md for how a key is changed.',
  )
}
