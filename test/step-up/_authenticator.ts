import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** An authenticator in software, which a test can make behave badly: https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data */
export interface SoftAuthenticator {
  readonly id: string
  /** The next signature has this counter. */
  counter: number
  register(options: unknown, misbehave?: Misbehaviour): object
  assert(options: unknown, misbehave?: Misbehaviour): object
}

export interface Misbehaviour {
  readonly origin?: string
  readonly challenge?: string
  readonly rpId?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  /** Only the presence of somebody, and no finger, face or PIN. */
  readonly notVerified?: boolean
  readonly signature?: string
}

const present = 0x01
const verified = 0x04
const attested = 0x40

export function softAuthenticator({
  origin,
  counter = 1,
}: {
  origin: string
  counter?: number
}): SoftAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(32)
  const id = credentialId.toString('base64url')
  const clientData = (type: string, options: unknown, bad: Misbehaviour) => {
    const { challenge } = options as { challenge: string }
    const data = {
      type: bad.type ?? type,
      challenge: bad.challenge ?? challenge,
      origin: bad.origin ?? origin,
      crossOrigin: bad.crossOrigin ?? false,
    }
    return Buffer.from(JSON.stringify(data))
  }
  const authenticatorData = (flags: number, bad: Misbehaviour, rest = Buffer.alloc(0)) => {
    const rpIdHash = sha256(Buffer.from(bad.rpId ?? new URL(origin).hostname))
    const count = Buffer.alloc(4)
    count.writeUInt32BE(authenticator.counter)
    const given = bad.notVerified ? flags & ~verified : flags
    return Buffer.concat([rpIdHash, Buffer.from([given]), count, rest])
  }
  const authenticator: SoftAuthenticator = {
    id,
    counter,
    register(options, bad = {}) {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credentialId.length)
      const credential = Buffer.concat([Buffer.alloc(16), length, credentialId, coseOf(publicKey)])
      const authData = authenticatorData(present | verified | attested, bad, credential)
      const attestationObject = cborMap([
        [cborText('fmt'), cborText('none')],
        [cborText('attStmt'), cborMap([])],
        [cborText('authData'), cborBytes(authData)],
      ])
      return answer(id, {
        clientDataJSON: clientData('webauthn.create', options, bad).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      })
    },
    assert(options, bad = {}) {
      const client = clientData('webauthn.get', options, bad)
      const data = authenticatorData(present | verified, bad)
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)
      return answer(id, {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: bad.signature ?? signature.toString('base64url'),
      })
    },
  }
  return authenticator
}

function answer(id: string, response: object) {
  return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
}

/** https://www.rfc-editor.org/rfc/rfc9053#section-7.1.1 */
function coseOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return cborMap([
    [cborInt(1), cborInt(2)],
    [cborInt(3), cborInt(-7)],
    [cborInt(-1), cborInt(1)],
    [cborInt(-2), cborBytes(Buffer.from(x, 'base64url'))],
    [cborInt(-3), cborBytes(Buffer.from(y, 'base64url'))],
  ])
}

// The little of CBOR that is needed: https://www.rfc-editor.org/rfc/rfc8949#section-3.1
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff])
}
const cborInt = (value: number) => (value >= 0 ? head(0, value) : head(1, -1 - value))
const cborBytes = (bytes: Buffer) => Buffer.concat([head(2, bytes.length), bytes])
const cborText = (text: string) => Buffer.concat([head(3, text.length), Buffer.from(text)])
const cborMap = (entries: [Buffer, Buffer][]) => Buffer.concat([head(5, entries.length), ...entries.flat()])

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
