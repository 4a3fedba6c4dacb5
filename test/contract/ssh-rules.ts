import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { holderOf, sshKeygen } from '../../fixtures/targets/ssh-host.ts'
import { failure } from './_contract-tools.ts'
import { nameOf, outputOf, type SshWorld } from './ssh-world.ts'

const shell = {}
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)
const leaseFolder = (grantId: string) => `/var/lib/daypass-ssh/leases/${nameOf(grantId)}`

/** What keeps a certificate out, each wall by itself. */
export function certificateRules(world: () => SshWorld): void {
  it('a certificate says whom, until when, from where and what; OpenSSH reads it back', async () => {
    const { access, connector, issued } = world()
    const content = {
      command: 'uptime -p',
      sourceAddresses: ['127.0.0.0/8', '10.20.0.0/16'],
      forwarding: true,
    }
    const order = access(content)
    await connector.grant(order)
    const shown = listing(await issued(order))
    expect(shown).toContain(`Key ID: "${nameOf(order.grantId)}"`)
    expect(shown).toMatch(new RegExp(`Principals: \\n +${nameOf(order.grantId)}\\n`))
    expect(shown).toMatch(
      /Critical Options: \n +force-command uptime -p\n +source-address 127.0.0.0\/8,10.20.0.0\/16\n/,
    )
    expect(shown).toMatch(/Extensions: \n +permit-port-forwarding\n +permit-pty\n/)
    const [, end = ''] = /Valid: from \S+ to (\S+)/.exec(shown) ?? []
    const left = order.until.getTime() - new Date(`${end}Z`).getTime()
    expect(left).toBeGreaterThanOrEqual(0)
    expect(left).toBeLessThan(1000)
    await connector.revoke(order)
  })

  it('an expired certificate is refused, also while the lease goes on', async () => {
    const { access, connector, holder, host } = world()
    const order = access(shell, { until: inSeconds(8) })
    await connector.grant(order)
    const casey = await holder(order)
    await connector.grant({ ...order, until: inSeconds(600) })
    expect(await casey.run('echo in')).toMatchObject({ code: 0, stdout: 'in\n' })
    await vi.waitFor(async () => expect((await casey.run('true')).code).toBe(255), {
      timeout: 15_000,
      interval: 500,
    })
    expect(host.log()).toContain('Certificate invalid: expired')
    await connector.revoke(order)
  })

  it('a revoked certificate is refused by the list of revoked ones alone, and ssh-keygen -Q says so', async () => {
    const { access, connector, holder, host } = world()
    const order = access(shell)
    await connector.grant(order)
    const former = await holder(order)
    const serial = (await host.run(`cat ${leaseFolder(order.grantId)}/serial`)).trim()
    const present = await holder(order)
    expect([(await former.run('true')).code, (await present.run('true')).code]).toEqual([255, 0])
    // A hand lets the former one in again; the list does not.
    await host.run(`echo ${serial} >${leaseFolder(order.grantId)}/serial`)
    expect((await former.run('true')).code).toBe(255)
    expect(host.log()).toMatch(/Certificate .* is revoked|revoked by file/i)
    expect(
      await outputOf(host.run(query(await readFile(join(former.folder, 'key-cert.pub'), 'utf8')))),
    ).toContain('REVOKED')
    expect(
      await outputOf(host.run(query(await readFile(join(present.folder, 'key-cert.pub'), 'utf8')))),
    ).toContain(': ok')
    const evidence = await connector.revoke(order)
    expect(evidence.facts).toMatchObject({ revokedCertificates: 2 })
    expect(
      await outputOf(host.run(query(await readFile(join(present.folder, 'key-cert.pub'), 'utf8')))),
    ).toContain('REVOKED')
  })

  it('a former certificate is refused by its serial alone, and one of a lease that became shorter by the time', async () => {
    const { access, connector, holder, host } = world()
    const order = access(shell)
    await connector.grant(order)
    const former = await holder(order)
    const present = await holder(order)
    await emptyList(host, async () => {
      expect([(await former.run('true')).code, (await present.run('true')).code]).toEqual([255, 0])
    })
    await connector.grant({ ...order, until: inSeconds(3) })
    await vi.waitFor(async () => expect((await present.run('true')).code).toBe(255), {
      timeout: 8000,
      interval: 500,
    })
    expect(host.log()).not.toMatch(new RegExp(`${nameOf(order.grantId)}.*expired`))
    await connector.revoke(order)
  })

  it('without its principal a certificate is refused, also where the list of revoked ones is empty', async () => {
    const { access, withCatalog, host } = world()
    const content = { account: 'deploy' }
    const connector = withCatalog({ 'use-deploy': content }, { settings: { accounts: ['deploy'] } })
    const order = access(content)
    await connector.grant(order)
    const casey = await world().holder(order, connector)
    expect(await casey.run('id -un')).toMatchObject({ stdout: 'deploy\n' })
    await connector.revoke(order)
    await emptyList(host, async () => expect((await casey.run('true')).code).toBe(255))
  })

  it('the CA gives no way into an account without a lease, whatever it signs', async () => {
    const { access, connector, holder, keys, host } = world()
    const order = access(shell)
    await connector.grant(order)
    const casey = await holder(order)
    const key = join(casey.folder, 'key')
    await writeFile(`${key}.pub`, sshKeygen(['-y', '-f', key]))
    await host.run('id wanda || useradd --create-home --password "*" wanda')
    // All else is that of the lease, so that only the account differs.
    const serial = (await host.run(`cat ${leaseFolder(order.grantId)}/serial`)).trim()
    for (const [user, principals] of [
      ['root', 'root'],
      ['wanda', 'wanda'],
      ['deploy', `deploy,${nameOf(order.grantId)}`],
    ] as const) {
      sshKeygen([
        ...['-q', '-s', keys.ca, '-I', nameOf(order.grantId), '-n', principals, '-V', '+5m', '-z', serial],
        join(casey.folder, 'key.pub'),
      ])
      expect((await casey.run('true', ['-l', user])).code, user).toBe(255)
    }
    await connector.revoke(order)
  })

  it('is taken only from where it says', async () => {
    const { access, connector, holder } = world()
    for (const [from, code] of [
      ['10.99.0.0/16', 255],
      ['127.0.0.1', 0],
    ] as const) {
      const order = access({ sourceAddresses: [from] })
      await connector.grant(order)
      expect((await (await holder(order)).run('true')).code, from).toBe(code)
      await connector.revoke(order)
    }
  })

  it('with a command, that is all that runs, whatever is asked for', async () => {
    const { access, connector, holder } = world()
    const order = access({ command: 'echo only "this"; echo $SSH_ORIGINAL_COMMAND' })
    await connector.grant(order)
    const casey = await holder(order)
    expect(await casey.run('rm -rf /')).toMatchObject({ stdout: 'only this\nrm -rf /\n' })
    expect(await casey.run('sftp', ['-s'])).toMatchObject({ stdout: expect.stringContaining('only this') })
    await connector.revoke(order)
  })

  it('forwards ports only where the catalog says so', async () => {
    const { access, connector, holder, host } = world()
    for (const forwarding of [false, true]) {
      const order = access({ forwarding })
      await connector.grant(order)
      const casey = await holder(order)
      const { stdout } = await casey.run('', ['-W', `127.0.0.1:${host.port}`])
      expect(stdout.startsWith('SSH-2.0-'), `${forwarding}`).toBe(forwarding)
      await connector.revoke(order)
    }
  })
}

/** A key that the holder made. */
export function ownKeyRules(world: () => SshWorld): void {
  it.each(['ed25519', 'ecdsa', 'rsa'])(
    'a certificate for a key of the holder, of type %s: no private key is shown',
    async (type) => {
      const { access, connector, holder } = world()
      const order = access(shell)
      await connector.grant(order)
      const former = await holder(order)
      const own = join(former.folder, 'own')
      sshKeygen(['-q', '-t', type, '-N', '', '-C', '', '-f', own])
      const publicKey = (await readFile(`${own}.pub`, 'utf8')).trim()
      const credentials = await connector.issueCredentials?.(order, { publicKey })
      if (!credentials) throw new Error('no credentials')
      expect(credentials.takesPublicKey).toBe(true)
      expect(JSON.stringify(credentials)).not.toContain('PRIVATE KEY')
      const login = credentials.commands.find(({ label }) => label === 'Log in')?.text
      expect(login).toMatch(/^ssh -o CertificateFile=~\/.ssh\/daypass-cert.pub -o UserKnownHostsFile=/)
      expect((await former.run('true')).code).toBe(255)
      const casey = await holderOf(credentials)
      await writeFile(join(casey.folder, 'key'), await readFile(own), { mode: 0o600 })
      expect(await casey.run('id -un')).toMatchObject({ code: 0, stdout: `${nameOf(order.grantId)}\n` })
      await casey.close()
      await connector.revoke(order)
    },
  )
}

/** Rights by sudo, and the end of a lease by the host itself. */
export function hostRules(world: () => SshWorld): void {
  it('sudo gives what the catalog names, and nothing else', async () => {
    const { access, connector, holder } = world()
    const run = ['/usr/bin/id -u', '/usr/bin/printf %s a,b:c=d#!', '/usr/bin/printf "q"']
    const order = access({ sudo: [{ run }, { as: 'deploy', run: ['/usr/bin/id -un'] }] })
    await connector.grant(order)
    const casey = await holder(order)
    expect((await casey.run('sudo -n /usr/bin/id -u')).stdout).toBe('0\n')
    expect((await casey.run(`sudo -n /usr/bin/printf %s 'a,b:c=d#!'`)).stdout).toBe('a,b:c=d#!')
    expect((await casey.run(`sudo -n /usr/bin/printf '"q"'`)).stdout).toBe('"q"')
    expect((await casey.run('sudo -n -u deploy /usr/bin/id -un')).stdout).toBe('deploy\n')
    for (const other of [
      'sudo -n /usr/bin/id',
      'sudo -n id -un',
      'sudo -n /usr/bin/printf %s a',
      'sudo -n -u deploy /usr/bin/id -u',
      'sudo -n -i',
      'sudo -n -u deploy -i',
      'sudo -n -l -U root',
    ]) {
      expect((await casey.run(other)).code, other).not.toBe(0)
    }
    await connector.revoke(order)
  })

  it('groups are those of the catalog, and no id is used twice', async () => {
    const { access, connector, holder, host } = world()
    const ids: string[] = []
    for (let each = 0; each < 2; each += 1) {
      const order = access({ groups: ['adm', 'games'], shell: '/bin/sh' })
      await connector.grant(order)
      const casey = await holder(order)
      const { stdout } = await casey.run('echo $0; id -u; id -g; id -Gn')
      const [program, uid = '', gid, groups] = stdout.split('\n')
      expect([program, gid, groups]).toEqual(['sh', uid, `${nameOf(order.grantId)} adm games`])
      expect(
        await host.run(`grep -c ${nameOf(order.grantId)} /etc/subuid /etc/subgid || true`),
      ).not.toContain(':1')
      ids.push(uid)
      await connector.revoke(order)
    }
    expect(new Set(ids).size).toBe(2)
  })

  it('while Daypass is down the host refuses sudo at the end, and ends the sessions a minute later', async () => {
    const { access, connector, holder, host, holds, sweep } = world()
    // Its job might come in between.
    await host.run('mv /etc/cron.d/daypass-ssh /root/job')
    const order = access()
    await connector.grant(order)
    const casey = await holder(order)
    const session = await casey.open()
    await casey.run('setsid sudo -n sleep 30003 >/dev/null 2>&1 </dev/null & sleep 0.3')
    expect((await casey.run('sudo -n id -u')).stdout).toBe('0\n')
    await connector.grant({ ...order, until: inSeconds(2) })
    const toSudo = async () => {
      session.say('sudo -n id -u >was 2>&1')
      await session.alive()
      return host.run(`cat /home/${nameOf(order.grantId)}/was`)
    }
    await vi.waitFor(async () => expect(await toSudo()).toContain('password is required'), {
      timeout: 10_000,
    })
    expect((await casey.run('true')).code).toBe(255)
    expect(await session.alive()).toBe(true)
    await sweep()
    await host.run('mv /root/job /etc/cron.d/daypass-ssh')
    expect(await session.alive()).toBe(false)
    expect(await holds(order)).toBe(false)
    expect(await host.run('pgrep -fc "[s]leep 30003" || true')).toBe('0\n')
    await connector.revoke(order)
  })

  it('the host is not trusted to end leases by itself where nothing there does so', async () => {
    const { access, connector, host, sweep } = world()
    expect(await host.run('cat /etc/cron.d/daypass-ssh')).toBe(
      '* * * * * root /usr/local/sbin/daypass-ssh sweep\n',
    )
    await host.run('touch -d "10 minutes ago" /run/daypass-ssh/swept')
    const error = await failure(connector.grant(access()))
    expect(error).toMatchObject({
      code: 'misconfigured',
      retryable: true,
      message: expect.stringContaining('sweep'),
    })
    await sweep()
  })

  it('an account that a hand gave another’s id is not granted again, and the other keeps its processes', async () => {
    const { access, connector, host, rawState } = world()
    await host.run('setsid setpriv --reuid=deploy --clear-groups sleep 30007 >/dev/null 2>&1 &')
    const order = access()
    await connector.grant(order)
    await host.run(`usermod -o -u $(id -u deploy) ${nameOf(order.grantId)}`)
    expect(await failure(connector.grant(order))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('another user id'),
    })
    await connector.revoke(order)
    expect(await rawState()).toEqual([])
    expect(await host.run('pgrep -fc "[s]leep 30007"; pkill -f "[s]leep 30007"')).toBe('1\n')
  })

  it('what died amid a grant is cleared by the host', async () => {
    const { access, host, sweep, rawState } = world()
    const { grantId } = access()
    await host.run(`mkdir ${leaseFolder(grantId)} && echo 66666 >${leaseFolder(grantId)}/uid &&
      useradd --uid 66666 --create-home ${nameOf(grantId)}`)
    await sweep()
    expect((await rawState()).join()).toContain(nameOf(grantId))
    await host.run(`touch -d '3 minutes ago' ${leaseFolder(grantId)}`)
    await sweep()
    expect(await rawState()).toEqual([])
  })

  it('another lease and its processes are left alone, also those of people', async () => {
    const { access, connector, holder, host } = world()
    await host.run('setsid setpriv --reuid=games --clear-groups sleep 30004 >/dev/null 2>&1 &')
    const [one, other] = [access(), access()]
    await connector.grant(one)
    await connector.grant(other)
    const [casey, dana] = [await holder(one), await holder(other)]
    await dana.run('setsid sudo -n sleep 30004 >/dev/null 2>&1 </dev/null & sleep 0.3')
    await casey.run('setsid sleep 30004 >/dev/null 2>&1 </dev/null &')
    await connector.revoke(one)
    // The sleep of the service, that of root, and the sudo before it.
    expect(Number(await host.run('pgrep -fc "[s]leep 30004"'))).toBeGreaterThanOrEqual(2)
    await connector.revoke(other)
    expect(await host.run('pgrep -fc "[s]leep 30004"; pkill -f "[s]leep 30004"')).toBe('1\n')
  })
}

/** An account that others use too. */
export function sharedAccountRules(world: () => SshWorld): void {
  const content = { account: 'deploy' }
  const open = () => world().withCatalog({ 'use-deploy': content }, { settings: { accounts: ['deploy'] } })

  it('the end ends the sessions of the lease, and what left them, and nobody else’s', async () => {
    const { access, host } = world()
    const connector = open()
    const [one, other] = [access(content), access(content)]
    await connector.grant(one)
    await connector.grant(other)
    const [casey, dana] = [await world().holder(one, connector), await world().holder(other, connector)]
    await host.run('setsid setpriv --reuid=deploy --clear-groups sleep 30005 >/dev/null 2>&1 &')
    const [session, bystander] = [await casey.open(), await dana.open()]
    // The second one begins in a connection that is closed already.
    await casey.run('setsid nohup env -i sleep 30006 >/dev/null 2>&1 </dev/null & sleep 0.3')
    const evidence = await connector.revoke(one)
    expect([await session.alive(), await bystander.alive()]).toEqual([false, true])
    expect(await host.run('pgrep -fc "[s]leep 30006" || true')).toBe('0\n')
    expect(await host.run('pgrep -fc "[s]leep 30005"')).toBe('1\n')
    expect(evidence.remains).toMatch(/in the account deploy: .*process \d+ \(sleep\) runs on 127/)
    expect([(await casey.run('true')).code, (await dana.run('true')).code]).toEqual([255, 0])
    await connector.revoke(other)
    await host.run('pkill -f "[s]leep 30005"')
  })

  it('what the holder left there is told, and left alone', async () => {
    const { access, host, rawState } = world()
    const connector = open()
    const order = access(content)
    await connector.grant(order)
    const casey = await world().holder(order, connector)
    const left = `mkdir -p .ssh .config/systemd/user; echo 'ssh-ed25519 AAAA' >>.ssh/authorized_keys; echo : >>.bashrc
      echo '* * * * * true' | crontab -; echo true | at now + 1 day 2>/dev/null; mkfifo .profile.x; mv .profile.x .profile`
    expect(await casey.run(left)).toMatchObject({ code: 0 })
    const { remains } = await connector.revoke(order)
    for (const what of [
      '~/.ssh/authorized_keys',
      '~/.bashrc',
      '~/.profile',
      'crontab',
      'at-job',
      '~/.config/systemd/user',
    ]) {
      expect(remains).toContain(`${what} was changed on 127.0.0.1`)
    }
    expect(await host.run('cat /home/deploy/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA\n')
    await host.run(
      'crontab -r -u deploy; rm -rf /home/deploy/.ssh /home/deploy/.profile; atrm $(atq | cut -f1)',
    )
    expect(await rawState()).toEqual([])
  })

  it('nothing is said where nothing was left', async () => {
    const { access } = world()
    const connector = open()
    const order = access(content)
    await connector.grant(order)
    await (await world().holder(order, connector)).run('true')
    expect(await connector.revoke(order)).not.toHaveProperty('remains')
  })

  it('only accounts that catalog and host name can be given', async () => {
    const { access, withCatalog, connector, host } = world()
    await host.run('id wanda || useradd --create-home --password "*" wanda')
    const other = withCatalog({ x: { account: 'wanda' } }, { settings: { accounts: ['wanda'] } })
    expect(await failure(other.grant(access({ account: 'wanda' })))).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('/etc/daypass-ssh/accounts'),
    })
    expect(await failure(connector.grant(access(content)))).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('`accounts`'),
    })
    await host.run('echo toor >>/etc/daypass-ssh/accounts; useradd -o -u 0 toor')
    const root = withCatalog({ x: { account: 'toor' } }, { settings: { accounts: ['toor'] } })
    expect(await failure(root.grant(access({ account: 'toor' })))).toMatchObject({ code: 'misconfigured' })
    await host.run('sed -i /toor/d /etc/daypass-ssh/accounts /etc/passwd /etc/shadow')
  })
}

/** With an empty list of revoked certificates. */
async function emptyList(host: SshWorld['host'], then: () => Promise<void>): Promise<void> {
  await host.run('cd /var/lib/daypass-ssh && cp revoked kept && : >none && ssh-keygen -q -k -f revoked none')
  await then()
  await host.run('cd /var/lib/daypass-ssh && mv kept revoked && rm none')
}

function listing(credentials: { readonly fields: readonly { label: string; value: string }[] }): string {
  const certificate = credentials.fields.find(({ label }) => label === 'Certificate')?.value ?? ''
  return sshKeygen(['-L', '-f', '-'], certificate)
}

function query(certificate: string): string {
  return `printf '%s' '${certificate.trim()}' >/root/asked.pub; ssh-keygen -Q -f /var/lib/daypass-ssh/revoked /root/asked.pub`
}
