import { isIP } from 'node:net'
import { z } from 'zod'
import { timeoutSetting } from '../_shared/settings.ts'

/** Names of accounts and groups: https://man7.org/linux/man-pages/man8/useradd.8.html#CAVEATS */
export const accountName = z
  .string()
  .regex(/^[a-z_][a-z0-9_.-]{0,30}$/, 'expected the name of an account or a group, in small letters')

const path = z.string().regex(/^(\/[\w.-]+)+$/, 'expected a whole path without blanks: /usr/bin/psql')

/** One line that a shell reads on the host. */
const commandLine = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'a command is one line, without control characters')

const hostKey = z
  .string()
  .transform((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))
  .refine((text) => hostKeyType(text) !== null, {
    message:
      'expected a public host key: ssh-ed25519 AAAA… (on the host: cat /etc/ssh/ssh_host_ed25519_key.pub)',
  })

const host = z.strictObject({
  address: z
    .string()
    .regex(/^[\w.:-]{1,253}$/, 'expected a host name or an IP address')
    .refine((text) => isIP(text) !== 0 || !text.includes(':'), 'the port stands under `port`')
    .describe('Where Daypass reaches the host: its name or IP address'),
  port: z.int().min(1).max(65_535).default(22).describe('The port of its sshd; 22 unless set'),
  hostKeys: z
    .array(hostKey)
    .min(1, 'expected at least one host key')
    .describe(
      'The public keys of the host, as in /etc/ssh/ssh_host_ed25519_key.pub. Daypass talks to no other',
    ),
  publicAddress: z
    .string()
    .regex(/^[\w.:-]{1,253}$/, 'expected a host name or an IP address')
    .optional()
    .describe('The address that people connect to, where it differs'),
  publicPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('The port that people connect to, where it differs'),
})
export type HostSettings = z.output<typeof host>

/** The connector's settings in the catalog. */
export const settingsSchema = z
  .strictObject({
    hosts: z
      .array(host)
      .min(1, 'expected at least one host')
      .max(20, 'more than 20 hosts: make several resources of them')
      .describe('The hosts of this resource. A lease is on all of them, or on none'),
    user: accountName.default('daypass').describe('The account of Daypass on the hosts; daypass unless set'),
    keyFile: z
      .string()
      .min(1)
      .describe('A file with the private key of that account, read again at every connection'),
    caKeyFile: z
      .string()
      .min(1)
      .describe('A file with the private Ed25519 key of the CA that signs the certificates of holders'),
    accounts: z
      .array(accountName.refine((name) => name !== 'root', 'root is no account for leases: give `sudo`'))
      .default([])
      .describe(
        'Existing accounts that entitlements of this resource may give. What a holder leaves there may outlive the lease',
      ),
    timeout: timeoutSetting(20),
  })
  .refine(
    ({ hosts }) => new Set(hosts.map(({ address, port }) => `${address}:${port}`)).size === hosts.length,
    {
      path: ['hosts'],
      message: 'a host stands here twice',
    },
  )
export type SshSettings = z.output<typeof settingsSchema>

const sudoRight = z.strictObject({
  as: accountName.or(z.literal('ALL')).default('root').describe('As whom they run; root unless set'),
  run: z
    .array(
      commandLine
        .refine((line) => line === 'ALL' || /^\/[\w./-]+( |$)/.test(line), {
          message:
            'expected a whole path, with arguments where only these are allowed: /usr/bin/systemctl restart app',
        })
        .refine((line) => !line.includes('\\'), 'a command of sudo holds no backslash: * and ? are patterns'),
    )
    .min(1, 'expected at least one command')
    .describe(
      'Commands by their whole path, with their arguments; a command without arguments takes any; ALL',
    ),
})

/** The connector's own part of an entitlement: an account, and what it may do. */
export const entitlementSchema = z
  .strictObject({
    account: accountName
      .optional()
      .describe(
        'An existing account, which `accounts` of the resource names. Unless set, each lease has its own',
      ),
    groups: z
      .array(accountName)
      .default([])
      .describe('Groups of the host that the account of the lease is a member of: adm, docker'),
    shell: path.default('/bin/bash').describe('The shell of the account of the lease; /bin/bash unless set'),
    command: commandLine
      .optional()
      .describe('The only command that the certificate lets the holder run, instead of a shell'),
    sudo: z
      .array(sudoRight)
      .default([])
      .describe('What the account of the lease may run by sudo, without a password'),
    sourceAddresses: z
      .array(z.string().refine(isBlock, 'expected an IP address or a CIDR block: 10.20.0.0/16'))
      .default([])
      .describe('From where the certificate may be used; anywhere unless set'),
    forwarding: z
      .boolean()
      .default(false)
      .describe('Whether the holder may forward ports through the host; not unless set'),
    record: z
      .boolean()
      .optional()
      .describe(
        'Whether root notes on the host which programs the account of the lease starts, by sudo 1.9.8 or later; not unless set',
      ),
  })
  .refine(
    ({ account, groups, sudo, shell }) =>
      account === undefined || (groups.length === 0 && sudo.length === 0 && shell === '/bin/bash'),
    {
      path: ['account'],
      message:
        'an existing account keeps its own groups, shell and sudo rights, because others use it too: leave these out, or leave `account` out',
    },
  )
  .refine(({ account, record }) => account === undefined || record !== true, {
    path: ['record'],
    message: 'only what the account of a lease does is recorded: others use an existing account too',
  })
export type SshEntitlement = z.output<typeof entitlementSchema>

/** The algorithms that Daypass and its hosts agree on. */
const hostKeyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]

/** The type of a public key in the format of OpenSSH; null where it is none. */
export function hostKeyType(line: string): string | null {
  const [type = '', data = ''] = line.split(' ')
  const bytes = Buffer.from(data, 'base64')
  const says = bytes.length > 4 ? bytes.subarray(4, 4 + type.length).toString('latin1') : ''
  return hostKeyTypes.includes(type) && says === type && bytes.length > 40 ? type : null
}

/** As `source-address` of a certificate takes it: without bits behind the mask, which sshd refuses. */
function isBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
