import { randomBytes } from 'node:crypto'
import type { AccessOrder, Brought, Credentials } from '../../domain/connector.ts'
import { signCertificate } from './certificate.ts'
import { contentMissing } from './content-missing.ts'
import { secondOf } from './grant.ts'
import { makeKeyPair, readAuthority } from './keys.ts'
import { leaseName } from './names.ts'
import type { SshEntitlement } from './schema.ts'
import type { Target } from './target.ts'

/** Clocks of hosts may be behind. */
const skewSeconds = 60

/**
 * Signs a certificate for the holder's own public key, or for a fresh key pair. On every host it replaces the former one, which
 * is revoked. Only the caller gets the private key. Throws `not_granted`.
 */
export async function issueCredentials(
  target: Target,
  order: AccessOrder<SshEntitlement | null>,
  { publicKey }: Brought = {},
): Promise<Credentials> {
  const { content, until } = order
  if (!content) throw contentMissing(target, order)
  const name = leaseName(target.resourceId, order.grantId)
  const authority = await readAuthority(target.settings, target.resourceId)
  const pair = publicKey === undefined ? await makeKeyPair(name) : null
  const serial = randomBytes(8).readBigUInt64BE() >> 1n
  const certificate = signCertificate(
    pair?.publicKey ?? Buffer.from(publicKey?.split(' ')[1] ?? '', 'base64'),
    {
      serial,
      keyId: name,
      principal: name,
      validAfter: new Date(Date.now() - skewSeconds * 1000),
      validBefore: until,
      forceCommand: content.command ?? null,
      sourceAddresses: content.sourceAddresses,
      extensions: content.forwarding ? ['permit-pty', 'permit-port-forwarding'] : ['permit-pty'],
    },
    authority,
  )
  await target.askAll('issue', [
    ['name', name],
    ['serial', serial],
    ['expires', secondOf(until)],
    ['certificate', certificate],
  ])
  return describe(target, content.account ?? name, order.until, pair?.privateKey ?? null, certificate)
}

/** `privateKey`: null where the holder has it. */
function describe(
  { hosts }: Target,
  user: string,
  until: Date,
  privateKey: string | null,
  certificate: string,
): Credentials {
  const file = '~/.ssh/daypass'
  const places = hosts.map(({ settings }) => ({
    address: settings.publicAddress ?? settings.address,
    port: settings.publicPort ?? settings.port,
    keys: settings.hostKeys,
  }))
  const known = places.flatMap(({ address, port, keys }) =>
    keys.map((key) => `${port === 22 ? address : `[${address}]:${port}`} ${key}`),
  )
  // A key of the holder is in their agent, or has a name that ssh tries by itself.
  const key = privateKey === null ? `-o CertificateFile=${file}-cert.pub` : `-i ${file} -o IdentitiesOnly=yes`
  const logins = places.map(({ address, port }) => ({
    label: 'Log in',
    text: `ssh ${key} -o UserKnownHostsFile=${file}-hosts${port === 22 ? '' : ` -p ${port}`} ${user}@${address}`,
  }))
  return {
    fields: [
      { label: 'User', value: user },
      ...(privateKey === null ? [] : [{ label: 'Private key', value: privateKey }]),
      { label: 'Certificate', value: certificate },
      { label: 'Host keys', value: known.join('\n') },
    ],
    commands: [
      ...(privateKey === null ? [] : [saveKey(file)]),
      { label: 'Save the certificate', text: `echo '${certificate}' > ${file}-cert.pub` },
      { label: 'Save the host keys', text: `cat > ${file}-hosts <<'END'\n${known.join('\n')}\nEND` },
      ...logins,
    ],
    expiresAt: until,
    takesPublicKey: true,
  }
}

/** The private key is pasted into `cat`: on the command line it would stay in the shell's history. */
function saveKey(file: string): Credentials['commands'][number] {
  return {
    label: 'Save the key: run this, paste the private key, press Enter and Ctrl-D',
    text: `umask 077; rm -f ${file} ${file}-cert.pub; cat > ${file}`,
  }
}
