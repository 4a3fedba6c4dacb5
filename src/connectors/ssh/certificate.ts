import { randomBytes } from 'node:crypto'

/** What a user certificate says: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.certkeys */
export interface CertificatePlan {
  readonly serial: bigint
  /** In the log of sshd at each login. */
  readonly keyId: string
  readonly principal: string
  readonly validAfter: Date
  readonly validBefore: Date
  /** All that the holder runs, whatever they ask for. Null: a shell, or what they ask for. */
  readonly forceCommand: string | null
  /** From where it may be used, as CIDR blocks. None: from anywhere. */
  readonly sourceAddresses: readonly string[]
  readonly extensions: readonly ('permit-port-forwarding' | 'permit-pty')[]
}

/** A key of a CA. */
export interface Authority {
  /** The public key in the format of SSH. */
  readonly publicKey: Buffer
  /** The bare Ed25519 signature of these bytes. */
  sign(data: Buffer): Buffer
}

/** A certificate for the public key `subject`, as the line of a file. */
export function signCertificate(subject: Buffer, plan: CertificatePlan, authority: Authority): string {
  const [keyType = '', parts] = typeAndRest(subject)
  const type = certificateType(keyType)
  const signed = Buffer.concat([
    text(type),
    text(randomBytes(32)),
    parts,
    uint64(plan.serial),
    uint32(1), // a user's, not a host's
    text(plan.keyId),
    text(text(plan.principal)),
    uint64(secondsOf(plan.validAfter)),
    uint64(secondsOf(plan.validBefore)),
    text(criticalOptions(plan)),
    text(Buffer.concat([...plan.extensions].sort().map((name) => option(name, null)))),
    text(''),
    text(authority.publicKey),
  ])
  const signature = Buffer.concat([text('ssh-ed25519'), text(authority.sign(signed))])
  return `${type} ${Buffer.concat([signed, text(signature)]).toString('base64')} ${plan.keyId}`
}

/** In the order of their names, as the format asks. */
function criticalOptions({ forceCommand, sourceAddresses }: CertificatePlan): Buffer {
  return Buffer.concat([
    ...(forceCommand === null ? [] : [option('force-command', forceCommand)]),
    ...(sourceAddresses.length === 0 ? [] : [option('source-address', sourceAddresses.join(','))]),
  ])
}

function option(name: string, value: string | null): Buffer {
  return Buffer.concat([text(name), text(value === null ? '' : text(value))])
}

/** `ssh-ed25519-cert-v01@openssh.com`; of a key on a token `sk-ssh-ed25519-cert-v01@openssh.com`. */
function certificateType(keyType: string): string {
  return `${keyType.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`
}

/** A public key is its type, and then what a certificate repeats. */
function typeAndRest(key: Buffer): [string, Buffer] {
  const end = 4 + key.readUInt32BE(0)
  return [key.subarray(4, end).toString('latin1'), key.subarray(end)]
}

/** Whole seconds, rounded down: never later than the instant. */
function secondsOf(instant: Date): bigint {
  return BigInt(Math.floor(instant.getTime() / 1000))
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
