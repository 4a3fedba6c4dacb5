import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'ssh2'
import { sshHostMissing, sshKeygen } from '../../fixtures/targets/ssh-host.ts'
import { makeSshWorld } from '../../test/contract/ssh-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

/** An account of the lease, with rights by sudo, and a key that logs in. */
export const sshSystem: SystemKind = {
  kind: 'ssh',
  missing: sshHostMissing,
  start: async () => {
    const world = await makeSshWorld()
    const { host, keys } = world
    const adminKey = (await readFile(`${keys.admin}.pub`, 'utf8')).trim()
    await host.run(`install -d -m 700 /root/.ssh && echo '${adminKey}' >/root/.ssh/authorized_keys`)
    const root = await connect(world.proxyPort, await readFile(keys.admin, 'utf8'))
    const folder = await mkdtemp(join(tmpdir(), 'dp-bare-'))
    return {
      world,
      bare: {
        grant: async () => {
          const name = `bare${randomBytes(8).toString('hex')}`
          const file = join(folder, name)
          sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
          const [key, publicKey] = await Promise.all([
            readFile(file, 'utf8'),
            readFile(`${file}.pub`, 'utf8'),
          ])
          const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)
          const rights = `${name} ALL=(root) NOPASSWD: /usr/bin/id -u, /usr/bin/sleep`
          await root.run(`set -e
            useradd --create-home --shell /bin/bash --password '*' --expiredate ${day} --groups adm ${name}
            install -d -m 700 -o ${name} -g ${name} /home/${name}/.ssh
            echo '${publicKey.trim()}' >/home/${name}/.ssh/authorized_keys
            echo '${rights}' >/etc/sudoers.d/${name}
            visudo -cqf /etc/sudoers.d/${name}
            id -Gn ${name} | grep -qw adm
            sudo -n -l -U ${name} | grep -q 'may run the following'`)
          return credentialsOf({
            User: name,
            'Private key': key,
            Certificate: '',
            'Host keys': `[127.0.0.1]:${host.port} ${host.hostKey}`,
            Login: `ssh -i ${file} -o IdentitiesOnly=yes -p ${host.port} ${name}@127.0.0.1`,
          })
        },
        revoke: async (given) => {
          const name = fieldOf(given, 'User')
          await root.run(`set -e
            usermod --expiredate 1 ${name}
            rm /etc/sudoers.d/${name}
            while pkill -KILL -u ${name}; do :; done
            userdel -r ${name} 2>/dev/null
            ! getent passwd ${name}
            test ! -e /etc/sudoers.d/${name}`)
        },
      },
      close: async () => {
        root.close()
        await rm(folder, { recursive: true, force: true })
        await world.close()
      },
    }
  },
}

async function connect(port: number, privateKey: string) {
  const client = new Client()
  await new Promise((resolve, reject) => {
    client.once('ready', () => resolve(null))
    client.once('error', reject)
    client.connect({ host: '127.0.0.1', port, username: 'root', privateKey })
  })
  return {
    run: (script: string): Promise<void> =>
      new Promise((resolve, reject) => {
        client.exec(script, (error, channel) => {
          if (error) return reject(error)
          let said = ''
          channel.stderr.on('data', (chunk: Buffer) => {
            said += chunk.toString()
          })
          channel.on('close', (code: number) =>
            code === 0 ? resolve() : reject(new Error(`${code}: ${said}`)),
          )
          channel.resume()
        })
      }),
    close: () => client.end(),
  }
}
