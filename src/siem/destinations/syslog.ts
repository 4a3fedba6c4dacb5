import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { addressRule, lookupOnly } from '../../addresses.ts'
import type { StreamDestination } from '../../domain/record/stream-rules.ts'
import type { Formatted, Send } from './destination.ts'
import { readPem, refusedAddress, toStreamError, trusted } from './http.ts'

/** Log audit: https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1 */
const facility = 13
/** Informational, notice, warning, error, critical. */
const severities = [6, 5, 4, 3, 2] as const

/**
 * RFC 5424 messages over TLS, each with its length before it (RFC 5425). The protocol has no acknowledgement. So Daypass ends the
 * connection after each batch, and counts the batch as taken when the receiver has read up to the end and closes without an error.
 */
export const sendToSyslog: Send<'syslog'> = async ({ to, origin, events, signal }) => {
  const socket = await dial(to)
  const giveUp = () => socket.destroy(new DOMException('too late', 'TimeoutError'))
  signal.addEventListener('abort', giveUp)
  try {
    if (signal.aborted) giveUp()
    await once(socket, 'secureConnect')
    // A receiver that says something is read, so that its end is seen.
    socket.resume()
    const closed = once(socket, 'close')
    socket.end(events.map((event) => framed(messageOf(event, origin))).join(''))
    await closed
    if (socket.errored) throw socket.errored
  } catch (error) {
    throw toStreamError(error)
  } finally {
    signal.removeEventListener('abort', giveUp)
    socket.destroy()
  }
}

async function dial(to: Extract<StreamDestination, { kind: 'syslog' }>): Promise<TLSSocket> {
  const isRefused = addressRule(to.allowAddresses)
  const literal = isIP(to.host) === 0 ? null : isRefused(to.host)
  if (literal !== null) throw refusedAddress(literal)
  const own = to.client
    ? { cert: await readPem(to.client.certFile), key: await readPem(to.client.keyFile) }
    : {}
  return connect({
    host: to.host,
    port: to.port,
    lookup: lookupOnly(isRefused, refusedAddress),
    ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
    ...(await trusted(to.caFile)),
    ...own,
  })
}

/** https://www.rfc-editor.org/rfc/rfc5425#section-4.3.1 */
function framed(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`
}

/** https://www.rfc-editor.org/rfc/rfc5424#section-6 */
function messageOf({ at, action, severity, body }: Formatted, origin: string): string {
  const priority = facility * 8 + (severities[severity - 1] ?? 6)
  return `<${priority}>1 ${at} ${origin} daypass - ${action.slice(0, 32)} - ${JSON.stringify(body)}`
}
