import { readFile } from 'node:fs/promises'
import { isIP, connect as netConnect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls'
import type { Client } from 'ldapts'
import { ConnectorError } from '../../domain/connector.ts'
import { limited } from '../_shared/operation-limit.ts'
import { readSecretFile } from '../_shared/settings.ts'
import { resultCodeOf } from './errors.ts'
import type { Ldapts } from './filter.ts'
import type { LdapSettings } from './schema.ts'

/** A bound connection. */
export interface Bound {
  readonly lib: Ldapts
  /**
   * The client, as long as its connection is the one that was bound. The library would otherwise open another one by itself, without
   * a bind and without StartTLS: to such a one a directory may show nothing, which looks like an access that is gone.
   */
  client(): Client
}

export interface Connection {
  /** Runs calls on the connection, bounded in time. It is opened when first needed, and anew after it broke. */
  run<T>(work: (bound: Bound) => Promise<T>): Promise<T>
  close(): void
}

interface Opening {
  readonly ready: Promise<Bound>
  isDead(): boolean
  destroy(): void
}

/** One connection, which stays open: holders who take every connection of the server do not keep Daypass out. */
export function openConnection(resourceId: string, settings: LdapSettings): Connection {
  let current: Opening | null = null
  const connected = (): Opening => {
    if (!current || current.isDead()) current = open(resourceId, settings)
    return current
  }
  return {
    run: async (work) => {
      const opening = connected()
      try {
        return await limited(resourceId, settings.timeout, opening.ready.then(work))
      } catch (error) {
        // After an answer of the directory the connection is in order; after anything else nobody knows.
        if (resultCodeOf(error) === null && !isOwnVerdict(error)) drop(opening)
        throw error
      }
    },
    close: () => current?.destroy(),
  }

  function drop(opening: Opening): void {
    opening.destroy()
    if (current === opening) current = null
  }
}

function isOwnVerdict(error: unknown): boolean {
  return error instanceof ConnectorError && error.code !== 'timeout'
}

function open(resourceId: string, settings: LdapSettings): Opening {
  let socket: Socket | null = null
  let dead = false
  const watch = <Kind extends Socket>(opened: Kind): Kind => {
    socket = opened
    opened.setKeepAlive(true, 10_000)
    opened.once('close', () => {
      dead = true
    })
    if (dead) opened.destroy()
    return opened
  }
  const destroy = () => {
    dead = true
    socket?.destroy()
  }
  const bind = async (): Promise<Bound> => {
    const [lib, password, tls] = await Promise.all([
      import('ldapts'),
      passwordOf(resourceId, settings),
      tlsOptionsOf(resourceId, settings),
    ])
    const isLdaps = settings.url.startsWith('ldaps:')
    const client = new lib.Client({
      url: settings.url,
      connectTimeout: settings.timeout * 1000,
      ...(isLdaps
        ? {
            tlsOptions: tls,
            createSecureConnection: ((port: number, host: string, options: ConnectionOptions) =>
              watch(tlsConnect(port, host, options))) as typeof tlsConnect,
          }
        : {
            createConnection: ((port: number, host: string) =>
              watch(netConnect(port, host))) as typeof netConnect,
          }),
    })
    if (settings.startTls) await client.startTLS(tls)
    await client.bind(settings.user, password)
    return {
      lib,
      client: () => {
        if (dead || !client.isBound) throw new Error('Connection closed')
        return client
      },
    }
  }
  const ready = bind()
  // Whoever waits for it hears of it; a connection that fails is not tried a second time.
  ready.catch(destroy)
  return { ready, isDead: () => dead, destroy }
}

function passwordOf(resourceId: string, { password, passwordFile }: LdapSettings): Promise<string> {
  return passwordFile === undefined
    ? Promise.resolve(password ?? '')
    : readSecretFile(passwordFile, resourceId)
}

/** The host is named explicitly: after StartTLS, Node would otherwise compare the certificate with `localhost`. */
async function tlsOptionsOf(resourceId: string, { url, caFile }: LdapSettings): Promise<ConnectionOptions> {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/u, '$1')
  const ca = caFile === undefined ? null : await readCa(resourceId, caFile)
  return { host, ...(isIP(host) === 0 && { servername: host }), ...(ca && { ca }) }
}

function readCa(resourceId: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = `${resourceId}: the file ${path} cannot be read (${error.code ?? error.name}). Put the certificates of the authority there, readable for Daypass.`
    throw new ConnectorError('misconfigured', message, { retryable: true })
  })
}
