import type { Client, ClientChannel, ConnectConfig } from 'ssh2'
import { readSecretFile } from '../_shared/settings.ts'
import { takeTurns } from '../_shared/take-turns.ts'
import { type HostSettings, hostKeyType, type SshSettings } from './schema.ts'

/** The connection to one host. It stays open, so that holders who take every connection do not keep Daypass out. */
export interface Connection {
  /** Runs a command with this input. Throws if the connection breaks. */
  run(command: string, input: string): Promise<Output>
  /** Connects where it is not connected. */
  keep(): Promise<void>
  /** Breaks it: nothing that waits for it goes on. The next operation makes another one. */
  drop(): void
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** sshd allows 10 at once on a connection: `MaxSessions`. */
const mostChannels = 8
/** In characters. A list of a thousand leases is a tenth of that. */
const longestAnswer = 1_048_576

export function openConnection(resourceId: string, host: HostSettings, settings: SshSettings): Connection {
  const turns = takeTurns(mostChannels)
  let current: Promise<Client> | null = null
  let client: Client | null = null
  const connected = () => {
    if (current) return current
    const mine = connect(resourceId, host, settings, (made) => {
      client = made
      made.once('close', () => forget(mine))
    })
    current = mine
    mine.catch(() => forget(mine))
    return mine
  }
  const forget = (which: Promise<Client>) => {
    if (current === which) current = null
  }
  return {
    run: (command, input) =>
      turns(async (done) => {
        const output = await execute(await connected(), command, input)
        done()
        return output
      }),
    keep: async () => void (await connected()),
    drop: () => {
      current = null
      client?.destroy()
    },
  }
}

/** `onMade` gets the client before it is connected. */
async function connect(
  resourceId: string,
  host: HostSettings,
  settings: SshSettings,
  onMade: (client: Client) => void,
): Promise<Client> {
  const [{ Client }, privateKey] = await Promise.all([
    import('ssh2'),
    readSecretFile(settings.keyFile, resourceId),
  ])
  const client = new Client()
  onMade(client)
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client))
    // A connection that breaks while nobody uses it: an event without a listener would end the process.
    client.on('error', reject)
    client.once('close', () => reject(new Error('the connection was closed')))
    try {
      client.connect(configOf(host, settings, privateKey))
    } catch (error) {
      // The library throws where it cannot read the key.
      reject(error)
    }
  })
}

function configOf(host: HostSettings, settings: SshSettings, privateKey: string): ConnectConfig {
  const pinned = host.hostKeys.map((line) => Buffer.from(line.split(' ')[1] ?? '', 'base64'))
  const types = new Set(host.hostKeys.map(hostKeyType))
  // The host shows a key of a type that is pinned, where it has several.
  const algorithms = serverHostKeys.filter((name) => types.has(name.startsWith('rsa-') ? 'ssh-rsa' : name))
  return {
    host: host.address,
    port: host.port,
    username: settings.user,
    privateKey,
    authHandler: ['publickey'],
    hostVerifier: (key: Buffer) => pinned.some((one) => one.equals(key)),
    algorithms: { serverHostKey: algorithms },
    readyTimeout: settings.timeout * 1000,
    keepaliveInterval: 10_000,
    keepaliveCountMax: 2,
  }
}

const serverHostKeys = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

function execute(client: Client, command: string, input: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const broken = () => reject(new Error('the connection was closed'))
    client.once('close', broken)
    const finish = (settle: () => void) => {
      client.removeListener('close', broken)
      settle()
    }
    const started = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return finish(() => reject(error))
      const said = { stdout: '', stderr: '' }
      const collect = (where: keyof Output) => (chunk: Buffer) => {
        if (said[where].length < longestAnswer) said[where] += chunk.toString('utf8')
      }
      channel.on('data', collect('stdout'))
      channel.stderr.on('data', collect('stderr'))
      channel.on('error', (reason: Error) => finish(() => reject(reason)))
      channel.on('close', () => finish(() => resolve(said)))
      channel.end(input)
    }
    try {
      client.exec(command, started)
    } catch (error) {
      finish(() => reject(error))
    }
  })
}
