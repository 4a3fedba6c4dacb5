import { ConnectorError } from '../../domain/connector.ts'
import { readSecretFile } from '../_shared/settings.ts'
import type { Authority } from './certificate.ts'
import type { SshSettings } from './schema.ts'

/** A CA whose key this process holds. `line` is the public key, as hosts have it in /etc/daypass-ssh/ca.pub. */
export interface OwnAuthority extends Authority {
  readonly line: string
}

/** A key pair in the formats of OpenSSH. */
export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: Buffer
}

/** The CA, from its file. Read at each use, so that it may be rotated. */
export async function readAuthority(
  { caKeyFile }: Pick<SshSettings, 'caKeyFile'>,
  resourceId: string,
): Promise<OwnAuthority> {
  const { utils } = await loadLibrary()
  const key = utils.parseKey(await readSecretFile(caKeyFile, resourceId))
  if (key instanceof Error || !key.isPrivateKey() || key.type !== 'ssh-ed25519') {
    const message = `${resourceId}: ${caKeyFile} holds no Ed25519 key without a passphrase. Make one: ssh-keygen -t ed25519 -N '' -f ${caKeyFile}`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
  const publicKey = key.getPublicSSH()
  return {
    publicKey,
    line: `ssh-ed25519 ${publicKey.toString('base64')}`,
    sign: (data) => key.sign(data),
  }
}

/** A fresh Ed25519 key pair. The private key has no passphrase. */
export async function makeKeyPair(comment: string): Promise<KeyPair> {
  const { utils } = await loadLibrary()
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment })
    // The library drops a zero at the beginning of a key, so one of 256 is of no use: it is made anew.
    const key = utils.parseKey(pair.private)
    if (!(key instanceof Error)) return { privateKey: pair.private, publicKey: key.getPublicSSH() }
  }
}

/** All of the CommonJS module: Node finds `utils` in no text of it. https://nodejs.org/api/esm.html#commonjs-namespaces */
async function loadLibrary() {
  return (await import('ssh2')).default
}
