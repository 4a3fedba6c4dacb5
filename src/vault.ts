import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Vault } from './domain/ports.ts'
import { StartupRefused } from './domain/startup-refused.ts'

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D), with a key from a file: 32 bytes in base64. The file is made where it is missing, when
 * something is to be encrypted. Throws `StartupRefused` when it holds no such key.
 */
export function openVault(keyFile: string): Vault {
  let known: Buffer | null = null
  const key = () => {
    known ??= readKey(keyFile) ?? makeKey(keyFile)
    return known
  }
  return {
    seal: (text, about) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key(), nonce).setAAD(Buffer.from(about))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
    open: (sealed, about) => {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes.length < nonceBytes + tagBytes) return null
      const decipher = createDecipheriv('aes-256-gcm', key(), bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      const body = decipher.update(bytes.subarray(nonceBytes + tagBytes))
      try {
        return Buffer.concat([body, decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}

function readKey(keyFile: string): Buffer | null {
  let text: string
  try {
    text = readFileSync(keyFile, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === keyBytes) return key
  throw new StartupRefused(
    `${keyFile} does not hold ${keyBytes} bytes in base64.`,
    `Make a key: openssl rand -base64 ${keyBytes}. What another key encrypted cannot be read any more.`,
  )
}

function makeKey(keyFile: string): Buffer {
  mkdirSync(dirname(keyFile), { recursive: true })
  try {
    writeFileSync(keyFile, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    // Another process made it at the same moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const made = readKey(keyFile)
  if (!made) throw new Error(`${keyFile} was made and is not there`)
  return made
}
