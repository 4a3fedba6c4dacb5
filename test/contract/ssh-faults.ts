import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { holderOf, startSshHost } from '../../fixtures/targets/ssh-host.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import {
  fixApp,
  hostSettings,
  installation,
  nameOf,
  outputOf,
  type SshWorld,
  setUpHost,
} from './ssh-world.ts'

/** Hosts that cannot be trusted, or do not do what they say. */
export function faultyHostRules(world: () => SshWorld): void {
  it('a lease on two hosts is on both, and its end on one does not wait for the other', async () => {
    const { access, withCatalog, host, proxyPort, keys, proxy, holds } = world()
    const second = await startSshHost()
    await setUpHost(second, keys)
    const connector = withCatalog(
      { 'fix-app': fixApp },
      { settings: { hosts: [hostSettings(host, proxyPort), hostSettings(second, second.port)] } },
    )
    const order = access()
    await connector.grant(order)
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    const both = [await holderOf(credentials, 0), await holderOf(credentials, 1)]
    expect(await Promise.all(both.map(async (each) => (await each.run('true')).code))).toEqual([0, 0])
    await proxy.break()
    const error = await failure(connector.revoke(order))
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringContaining(`127.0.0.1:${proxyPort}`),
    })
    expect(await Promise.all(both.map(async (each) => (await each.run('true')).code))).toEqual([0, 255])
    await proxy.mend()
    expect((await connector.revoke(order)).facts).toMatchObject({
      hosts: [`127.0.0.1:${proxyPort}`, `127.0.0.1:${second.port}`],
    })
    expect(await holds(order)).toBe(false)
    await Promise.all(both.map((each) => each.close()))
    await connector.close()
    await second.close()
  })

  it('a host with another key gets nothing, not even a login', async () => {
    const { access, withCatalog, host, proxyPort, keys } = world()
    const [type, data] = (await readFile(`${keys.admin}.pub`, 'utf8')).split(' ')
    const before = host.log().length
    const connector = withCatalog(
      { 'fix-app': fixApp },
      { settings: { hosts: [{ ...hostSettings(host, proxyPort), hostKeys: [`${type} ${data}`] }] } },
    )
    const error = await failure(connector.grant(access()))
    expect(error).toMatchObject({
      code: 'misconfigured',
      retryable: false,
      message: expect.stringContaining('hostKeys'),
    })
    expect(host.log().slice(before)).not.toContain('Accepted')
  })

  it.each([
    ['keyFile', 'permission'],
    ['nonsense', 'misconfigured'],
    ['caKeyFile', 'misconfigured'],
  ])('a wrong %s is said, without the key', async (which, code) => {
    const { access, connector, withCatalog, keys } = world()
    const wrong = join(keys.folder, 'wrong')
    await writeFile(wrong, which === 'keyFile' ? await readFile(keys.ca, 'utf8') : 'nonsense')
    const other = withCatalog(
      { 'fix-app': fixApp },
      { settings: { [which === 'nonsense' ? 'keyFile' : which]: wrong } },
    )
    const order = access()
    await connector.grant(order)
    const error = await failure(
      which === 'caKeyFile' ? (other.issueCredentials?.(order) ?? Promise.reject()) : other.grant(order),
    )
    expect(error).toMatchObject({ code, retryable: false })
    expectNoSecret(world(), error)
    expect(await other.check()).toMatchObject({
      ok: false,
      problems: [{ remedy: expect.stringMatching(/\w/) }],
    })
    await connector.revoke(order)
  })

  /** A program of the host that does something else for a while. */
  const replaced = async (path: string, script: string, then: () => Promise<void>) => {
    const { host } = world()
    await host.run(
      `mv ${path} ${path}.kept && printf '%s\\n' '#!/bin/sh' '${script}' >${path} && chmod 755 ${path}`,
    )
    await then().finally(() => host.run(`mv ${path}.kept ${path}`))
  }

  it.each([
    ['says yes and does nothing', 'echo version 1; echo now 1; echo ok', 'conflict', 'still_present'],
    ['is cut off', 'echo version 1', 'unreachable', 'unreachable'],
    ['is of another version', 'echo version 0; echo now 1; echo ok', 'unexpected', 'unexpected'],
    ['does not answer', 'exec sleep 30', 'timeout', 'timeout|unreachable'],
  ])('a helper that %s is not believed', async (_, script, granting, revoking) => {
    const { access, connector, holds } = world()
    const order = access()
    await connector.grant(order)
    await replaced('/usr/local/sbin/daypass-ssh', script, async () => {
      const errors = await Promise.all([failure(connector.grant(access())), failure(connector.revoke(order))])
      // The first that waits for too long ends the connection of both.
      expect(errors.map(({ code }) => code)).toEqual([granting, expect.stringMatching(revoking)])
    })
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
  })

  it.each([
    ['userdel', '/usr/sbin/userdel', 'still_present'],
    ['ssh-keygen', '/usr/bin/ssh-keygen', 'still_present'],
  ])('a %s that says yes and does nothing is found by the read-back', async (_, path, code) => {
    const { access, connector, holder } = world()
    const order = access()
    await connector.grant(order)
    const casey = await holder(order)
    const script = path.endsWith('keygen') ? 'for a; do case $a in *.new) : >$a;; esac; done' : ':'
    await replaced(path, script, async () => {
      expect(await failure(connector.revoke(order))).toMatchObject({ code, retryable: true })
      expect((await casey.run('true')).code).toBe(255)
    })
    await connector.revoke(order)
  })

  it('a holder who fills the disk does not keep the lease', async () => {
    const { access, connector, holder, holds, host } = world()
    const order = access()
    await connector.grant(order)
    const casey = await holder(order)
    const session = await casey.open()
    await casey.run('cat /dev/zero >full; while echo x >>small; do :; done')
    expect(await outputOf(host.run('echo test >/var/lib/daypass-ssh/probe'))).toMatch(
      /No space left|I\/O error/,
    )
    await connector.revoke(order)
    expect([await holds(order), await session.alive()]).toEqual([false, false])
  })

  it('who locks the accounts of the host is named, and the sessions are ended all the same', async () => {
    const { access, connector, holder, host, holds } = world()
    const order = access()
    await connector.grant(order)
    const casey = await holder(order)
    const session = await casey.open()
    await host.run('flock -n /run/daypass-ssh/lock sleep 3 >/dev/null 2>&1 & sleep 0.2')
    await connector.revoke(order)
    expect([await holds(order), await session.alive()]).toEqual([false, false])
  })

  it('a grant that arrives after its lease was taken away gives nothing', async () => {
    const { access, connector, host, rawState } = world()
    const order = access()
    const sent = Date.now() - 1
    await connector.revoke(order)
    const request = [
      'grant',
      `sent ${sent}`,
      `name ${nameOf(order.grantId)}`,
      'resource web',
      'until 2000000000',
      'shell /bin/sh',
      '.',
    ]
    const answer = await host.run(
      `printf '%s\\n' ${request.map((line) => `'${line}'`).join(' ')} | /usr/local/sbin/daypass-ssh serve`,
    )
    expect(answer).toMatch(/^error ended /m)
    expect(await rawState()).toEqual([])
  })

  it('the key of Daypass opens the helper, and nothing else', async () => {
    const { keys, host } = world()
    const by = (command: string, input: string) => {
      try {
        return execFileSync(
          'ssh',
          [
            ...[
              '-F',
              'none',
              '-i',
              keys.admin,
              '-p',
              `${host.port}`,
              '-o',
              'BatchMode=yes',
              '-o',
              'LogLevel=ERROR',
            ],
            ...[
              '-o',
              'StrictHostKeyChecking=no',
              '-o',
              'UserKnownHostsFile=/dev/null',
              'daypass@127.0.0.1',
              command,
            ],
          ],
          { input, encoding: 'utf8' },
        )
      } catch (error) {
        return String(error)
      }
    }
    expect(by('id; cat /etc/shadow', 'list\n.\n')).toMatch(/^version 1\nnow \d+\nok\n$/)
    for (const input of [
      'end\nsent 1\nname root\n.\n',
      'end\nsent 1\nname ../../../etc\n.\n',
      `end\nsent 1\nname dp${'a'.repeat(28)}\n.\n`,
      'grant\nsent 1\nname $(id)\n.\n',
      `grant\nsent 1\nname dp${'a'.repeat(29)}\naccount root;id\n.\n`,
      `grant\nsent 1\nname dp${'a'.repeat(29)}\nshell /bin/sh -c id\n.\n`,
      'principals\nname x\n.\n',
      'list\nwhatever 1\n.\n',
    ]) {
      expect(by('', input), input).toMatch(/^error request /m)
    }
    // A request that was cut off does nothing.
    expect(by('', 'list\n')).toBe('')
  })
}

/** `daypass doctor` names what is missing. */
export function sshCheckRules(world: () => SshWorld): void {
  it('the host of these tests is set up as the documentation says', async () => {
    const page = await readFile('docs/connectors/ssh.md', 'utf8')
    expect(page).toContain(installation)
  })

  it.each([
    ['the CA', 'echo x >/etc/daypass-ssh/ca.pub', 'CA'],
    ['the configuration of sshd', ': >/etc/ssh/sshd_config.d/daypass.conf', 'trustedusercakeys'],
    [
      'keys of holders',
      'sed -i /AuthorizedKeysFile/d /etc/ssh/sshd_config.d/daypass.conf',
      'authorizedkeysfile none',
    ],
    [
      'a broken configuration of sshd',
      'echo Nonsense yes >>/etc/ssh/sshd_config.d/daypass.conf',
      'refuses its configuration',
    ],
    [
      'the list of revoked certificates',
      'mv /var/lib/daypass-ssh/revoked /var/lib/daypass-ssh/revoked.away',
      'revoked is missing',
    ],
    [
      'the job of each minute',
      'touch -d "5 minutes ago" /run/daypass-ssh/swept',
      'nothing on this host ends leases',
    ],
    ['a folder that others write', 'chmod g+w /usr/local/sbin', 'others than root'],
    ['a group', 'groupmod -n admx adm', 'no group adm'],
    [
      'sudo',
      'sed -i "s|^@includedir.*|daypass ALL=(root) NOPASSWD: /usr/local/sbin/daypass-ssh serve|" /etc/sudoers',
      'does not read /etc/sudoers.d',
    ],
    ['an account', 'sed -i /deploy/d /etc/daypass-ssh/accounts', 'deploy is no account'],
    ['a command', 'chmod a-x /usr/bin/uptime', 'no program /usr/bin/uptime'],
  ])('%s: what is missing, and what to do', async (_, damage, said) => {
    const { host, withCatalog, sweep } = world()
    const offers = {
      'fix-app': fixApp,
      look: { command: '/usr/bin/uptime -p' },
      deploy: { account: 'deploy' },
    }
    const connector = withCatalog(offers, { settings: { accounts: ['deploy'] } })
    await host.run(
      'tar cf /root/kept.tar /etc/daypass-ssh /etc/ssh /etc/sudoers /etc/group /etc/gshadow 2>/dev/null',
    )
    expect(await connector.check()).toMatchObject({ ok: true })
    await host.run(damage)
    const diagnosis = await connector.check()
    await host.run(`tar xf /root/kept.tar -C /; chmod 755 /usr/local/sbin /usr/bin/uptime
      cd /var/lib/daypass-ssh; mv revoked.away revoked 2>/dev/null || true`)
    await sweep()
    const found = diagnosis.ok ? [] : diagnosis.problems
    expect(found.map(({ what }) => what).join('\n')).toContain(said)
    for (const { what, remedy } of found) {
      expect(what).toMatch(/^127.0.0.1:\d+: /)
      expect(remedy).toMatch(/\w{3}/)
    }
    await connector.close()
  })

  it('an account that the resource does not name is said', async () => {
    const { withCatalog } = world()
    expect(await withCatalog({ x: { account: 'deploy' } }).check()).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ what: expect.stringContaining('`accounts`') }),
      ]),
    })
  })
}
