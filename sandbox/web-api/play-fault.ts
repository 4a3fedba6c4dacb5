import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { sendJson } from '../http-body.ts'
import type { Fault, TrafficEntry } from '../types.ts'

/** Plays a fault. `answered`: the call ends here. `go_on`: the caller performs the call (for `lost_response` it then drops the answer). */
export async function playFault(
  fault: Fault | undefined,
  response: ServerResponse,
  entry: TrafficEntry,
): Promise<'answered' | 'go_on'> {
  if (!fault || fault.kind === 'lost_response') return 'go_on'
  if (fault.kind === 'slow') {
    await delay(fault.ms ?? 1000)
    return 'go_on'
  }
  entry.error = fault.kind
  if (fault.kind === 'timeout') await hang(response, fault.ms ?? 30_000)
  if (fault.kind === 'rate_limited') {
    sendJson(
      response,
      429,
      { ok: false, error: 'ratelimited' },
      { 'retry-after': String(fault.retryAfter ?? 1) },
    )
    entry.response = { status: 429, body: '' }
  } else if (fault.kind === 'server_error') {
    sendJson(response, 500, { ok: false, error: 'internal_error' })
    entry.response = { status: 500, body: '' }
  } else response.destroy()
  return 'answered'
}

/** Waits until the caller gives up, or `ms` have passed. */
function hang(response: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
