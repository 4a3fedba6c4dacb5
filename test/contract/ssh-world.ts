import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  holderOf,
  type SshHolder,
  type SshHost,
  sshKeygen,
  startSshHost,
} from '../../fixtures/targets/ssh-host.ts'
import { ssh } from '../../src/connectors/ssh/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'

/** A host with OpenSSH that was set up as docs/connectors/ssh.md says, and whose jobs run. */
export interface SshWorld extends ConnectorWorld {
  readonly host: SshHost
  readonly proxyPort: number
  /** Files with the private keys. */
  readonly keys: { readonly folder: string; readonly ca: string; readonly admin: string }
  /** A connector with other settings or entitlements for the same host. */
  withCatalog(entitlements: Readonly<Record<string, Content>>, changes?: CatalogChanges): Connector
  access(content?: Content, changes?: Partial<AccessOrder>): AccessOrder
  issued(order: AccessOrder): Promise<Credentials>
  /** The holder of a lease that is granted, with fresh credentials, also by a connector of another catalog. */
  holder(order: AccessOrder, by?: Connector): Promise<SshHolder>
  /** What cron does each minute. */
  sweep(): Promise<unknown>
}

interface CatalogChanges {
  readonly resourceId?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export const fixApp: Content = {
  groups: ['adm'],
  sudo: [{ run: ['/usr/bin/id -u', '/usr/bin/sleep', '/usr/bin/env -i /usr/bin/sleep *'] }],
}

/** As the documentation gives it; a test compares. */
export const installation = "sh daypass-ssh install 'CA_KEY' 'ADMIN_KEY' deploy"

export async function makeSshWorld(): Promise<SshWorld> {
  const keys = makeKeys()
  const host = await startSshHost()
  await setUpHost(host, keys)
  const proxy = await openProxy({ host: '127.0.0.1', port: host.port })
  const opened: Connector[] = []
  const holders = new Set<SshHolder>()

  const atProxy = {
    hosts: [hostSettings(host, proxy.port)],
    keyFile: keys.admin,
    caKeyFile: keys.ca,
    // Six equal grants at once happen one after the other, also on a busy machine.
    timeout: '10s',
  }
  const withCatalog: SshWorld['withCatalog'] = (entitlements, { resourceId = 'web', settings } = {}) => {
    const connector = openConnector(ssh, {
      id: resourceId,
      settings: { ...atProxy, ...settings },
      entitlements,
    })
    opened.push(connector)
    return connector
  }
  const connector = withCatalog({ 'fix-app': fixApp })
  const access: SshWorld['access'] = (content = fixApp, changes) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'web',
    entitlementId: 'fix-app',
    // As the catalog reads it, with what it leaves out.
    content: contentFromJson(content),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
    until: new Date(Date.now() + 3_600_000),
    ...changes,
  })
  const issued = async (order: AccessOrder, by = connector): Promise<Credentials> => {
    const credentials = await by.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  const holderWith = async (credentials: Credentials) => {
    const holder = await holderOf(credentials)
    holders.add(holder)
    return holder
  }
  const accepts = async (credentials: Credentials) => {
    const holder = await holderOf(credentials)
    const { code } = await holder.run('true')
    await holder.close()
    return code === 0
  }
  const sessionOf = async (credentials: Credentials): Promise<LiveSession> =>
    (await holderWith(credentials)).open()

  return {
    host,
    proxy,
    proxyPort: proxy.port,
    keys,
    connector,
    secrets: [secretOf(keys.ca), secretOf(keys.admin)],
    withCatalog,
    access,
    issued,
    holder: async (order, by) => holderWith(await issued(order, by)),
    sweep: () => host.run('/usr/local/sbin/daypass-ssh sweep'),
    freshAccess: () => access(),
    namesOf: ({ grantId }) => [nameOf(grantId)],
    holds: async ({ grantId }) => {
      const name = nameOf(grantId)
      const found = await host.run(
        `test -f /var/lib/daypass-ssh/leases/${name}/lease && getent passwd ${name} >/dev/null &&
          test "$(getent shadow ${name} | cut -d: -f8)" -gt 2 && echo yes || echo no`,
      )
      return found.trim() === 'yes'
    },
    rawState: async () => {
      const found = await host.run(`
        cut -d: -f1 /etc/passwd /etc/group /etc/shadow /etc/subuid | grep '^dp' | sed 's/^/account /'
        ls -d /etc/sudoers.d/daypass-* /var/lib/daypass-ssh/leases/* /run/daypass-ssh/dp* /home/dp* 2>/dev/null
        ls -d /var/spool/cron/crontabs/dp* /var/mail/dp* 2>/dev/null
        find /tmp /var/tmp /dev/shm /home /var/spool /etc -xdev -uid +65999 -uid -100000
        ps -eo uid=,stat=,args= | awk '$1 >= 66000 && $1 <= 99999 && $2 !~ /^Z/'
        true`)
      return found.split('\n').filter((line) => line !== '')
    },
    use: async (order) => sessionOf(await issued(order)),
    accepts,
    inCatalog: {
      resource: 'web',
      entitlement: 'fix-app',
      connector: { kind: 'ssh', ...atProxy },
      content: fixApp,
    },
    enter: sessionOf,
    plantStranger: async () => {
      const elsewhere = withCatalog({ 'fix-app': fixApp }, { resourceId: 'db' })
      const other = { ...access(), resourceId: 'db' }
      await elsewhere.grant(other)
      await host.run('useradd --create-home dpbackup && useradd dp && : >/etc/sudoers.d/daypass-notes')
      return async () => {
        await elsewhere.revoke(other)
        await host.run('userdel -r dpbackup && userdel dp && rm /etc/sudoers.d/daypass-notes')
      }
    },
    handChanges: {
      removed: ({ grantId }) =>
        host.run(
          `n=${nameOf(grantId)}; userdel -rf $n; rm -rf /var/lib/daypass-ssh/leases/$n /etc/sudoers.d/daypass-$n`,
        ),
      'account deleted': ({ grantId }) => host.run(`userdel ${nameOf(grantId)}`),
      expired: ({ grantId }) => host.run(`usermod -e 1 ${nameOf(grantId)}`),
      'given another group': ({ grantId }) => host.run(`usermod -aG root ${nameOf(grantId)}`),
      'given everything': ({ grantId }) =>
        host.run(`n=${nameOf(grantId)}; echo "$n ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/daypass-$n`),
      "given root's id": ({ grantId }) => host.run(`usermod -o -u 0 ${nameOf(grantId)}`),
      "given root's id, and its file is gone": ({ grantId }) =>
        host.run(`n=${nameOf(grantId)}; usermod -o -u 0 $n; rm -rf /var/lib/daypass-ssh/leases/$n`),
      'its file is gone': ({ grantId }) => host.run(`rm -rf /var/lib/daypass-ssh/leases/${nameOf(grantId)}`),
    },
    resistance: resistanceOn(host, holderWith),
    close: async () => {
      await Promise.all([...holders].map((holder) => holder.close()))
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
      await host.close()
      await rm(keys.folder, { recursive: true, force: true })
    },
  }
}

/** As root there, with the words of the documentation. */
export async function setUpHost(host: SshHost, keys: SshWorld['keys']): Promise<void> {
  const publicKey = (file: string) => readFileSync(`${file}.pub`, 'utf8').trim()
  const command = installation
    .replace('CA_KEY', publicKey(keys.ca))
    .replace('ADMIN_KEY', publicKey(keys.admin))
  await host.run(`id deploy 2>/dev/null || useradd --create-home --shell /bin/bash --password '*' deploy
    cd /root && ${command} && pkill -HUP -o -x sshd`)
  const restarts = () => host.log().split('Server listening').length - 1
  for (const deadline = Date.now() + 10_000; restarts() < 2; await pause(20))
    if (Date.now() > deadline) throw new Error('sshd does not start again')
}

/** What a holder leaves behind on the host, and whether it still does its work. */
function resistanceOn(
  host: SshHost,
  holderWith: (credentials: Credentials) => Promise<SshHolder>,
): NonNullable<SshWorld['resistance']> {
  /** Runs `script` as the holder. It is alive as long as processes with this text in their command line are. */
  const leaves =
    (script: (name: string) => string, text = (name: string) => `resists-${name}`) =>
    async (order: AccessOrder, credentials: Credentials) => {
      const name = nameOf(order.grantId)
      const holder = await holderWith(credentials)
      const { code, stderr } = await holder.run(script(name))
      if (code !== 0) throw new Error(`the holder cannot resist: ${stderr}`)
      // In brackets, so that the look does not find itself.
      const pattern = text(name).replace(/^./, '[$&]')
      const count = async () => Number(await host.run(`pgrep -fc '${pattern}' || true`))
      return { alive: async () => (await count()) > 0, close: () => holder.close() }
    }
  const loop = (name: string) => `while :; do sleep 0.1; : resists-${name}; done`
  return {
    'a process that left the session': leaves(
      (name) => `setsid nohup bash -c '${loop(name)}' >/dev/null 2>&1 </dev/null &`,
    ),
    'a process that takes no signal but one': leaves(
      (name) => `setsid bash -c 'trap "" HUP INT TERM TSTP CONT; ${loop(name)}' >/dev/null 2>&1 </dev/null &`,
    ),
    'processes that start each other anew': leaves(
      (name) => `cat >/tmp/${name}.sh <<'END'
( : resists-${name}; setsid bash /tmp/${name}.sh ${name} & ) ; exit
END
for i in 1 2 3 4; do setsid bash /tmp/${name}.sh resists-${name} >/dev/null 2>&1 </dev/null & done`,
    ),
    'a process of root by way of sudo': leaves(
      () => 'setsid sudo -n sleep 30001 >/dev/null 2>&1 </dev/null & sleep 0.5; pgrep -x sleep',
      () => 'sleep 30001',
    ),
    // Those that began it are gone, and nothing in its environment names the holder.
    'a process of root that hides': leaves(
      () =>
        'setsid sudo -n env -i /usr/bin/sleep 30002 >/dev/null 2>&1 </dev/null & sleep 0.5; pkill -KILL -x sudo; pgrep -x sleep',
      () => 'sleep 30002',
    ),
    'a job of cron': leaves(
      (name) => `echo "* * * * * bash -c '${loop(name)}'" | crontab - && crontab -l >/dev/null`,
    ),
    'a job of at': leaves((name) => `echo "bash -c '${loop(name)}'" | at now 2>/dev/null; sleep 0.2`),
    'a key of its own': async (_, credentials) => {
      const holder = await holderWith(credentials)
      const own = sshKeygen(['-y', '-f', join(holder.folder, 'key')])
      await holder.run(`mkdir -p .ssh; chmod 700 .ssh; echo '${own.trim()}' > .ssh/authorized_keys`)
      await rm(join(holder.folder, 'key-cert.pub'))
      return { alive: async () => (await holder.run('true')).code === 0, close: () => holder.close() }
    },
    'one connection for many sessions': async (_, credentials) => {
      const holder = await holderWith(credentials)
      const control = ['-o', `ControlPath=${join(holder.folder, 'c')}`]
      const session = await holder.open(['-o', 'ControlMaster=yes', ...control])
      return {
        // Without the connection it would dial anew, with the certificate.
        alive: async () => (await session.alive()) || (await holder.run('true', control)).code === 0,
        close: () => holder.close(),
      }
    },
    'a home that nobody may enter': leaves(
      (name) =>
        `mkdir -p deep/er; touch deep/er/file; chmod 0 deep; chmod 0 .; cp /bin/sleep /tmp/setuid-${name}; chmod 4755 /tmp/setuid-${name}`,
    ),
  }
}

/** The output of a script, also of one that fails. */
export function outputOf(script: Promise<string>): Promise<string> {
  return script.catch(String)
}

/** The name of a lease, as the documentation gives it. */
export function nameOf(grantId: string, resourceId = 'web'): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const hash = (text: string) => createHash('sha256').update(text).digest()
  const bytes = isUuid ? Buffer.from(grantId.replaceAll('-', ''), 'hex') : hash(grantId).subarray(0, 16)
  return `dp${base32(hash(resourceId)).slice(0, 3)}${base32(bytes)}`
}

function base32(bytes: Buffer): string {
  const number = BigInt(`0x${bytes.toString('hex')}`) << BigInt((5 - ((bytes.length * 8) % 5)) % 5)
  const length = Math.ceil((bytes.length * 8) / 5)
  return [...number.toString(32).padStart(length, '0')]
    .map((sign) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(sign, 32)])
    .join('')
}

export function hostSettings(host: SshHost, port: number): Record<string, unknown> {
  return { address: '127.0.0.1', port, publicPort: host.port, hostKeys: [host.hostKey] }
}

function makeKeys(): SshWorld['keys'] {
  const folder = mkdtempSync(join(tmpdir(), 'dp-keys-'))
  const make = (name: string) => {
    const file = join(folder, name)
    sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
    return file
  }
  return { folder, ca: make('ca'), admin: make('admin') }
}

/** A line of the private key in which the secret stands. */
function secretOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n')[3] ?? ''
}
