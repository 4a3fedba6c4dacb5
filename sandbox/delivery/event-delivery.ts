import type { Json } from '../json.ts'
import type { Timing } from '../types.ts'
import { type App, makeId, now, type Workspace } from '../workspace.ts'
import type { Deliverer } from './deliver.ts'

const REASONS: Record<string, string> = {
  timeout: 'http_timeout',
  http_error: 'http_error',
  connection_failed: 'connection_failed',
  no_socket: 'connection_failed',
}

/** Wraps events in their envelope and delivers them. Retries those that were not acknowledged. */
export class EventDelivery {
  private readonly timers = new Set<NodeJS.Timeout>()
  private closed = false
  private readonly workspace: Workspace
  private readonly deliverer: Deliverer
  private readonly timing: Timing

  constructor(workspace: Workspace, deliverer: Deliverer, timing: Timing) {
    this.workspace = workspace
    this.deliverer = deliverer
    this.timing = timing
  }

  /** Sends an event; does not wait for its acknowledgement. */
  send(app: App, event: Json & { type: string }): void {
    void this.attempt(app, event.type, this.envelope(app, event), 0, '')
  }

  close(): void {
    this.closed = true
    for (const timer of this.timers) clearTimeout(timer)
  }

  private envelope(app: App, event: Json): Json {
    const team_id = this.workspace.team.id
    const authorization = { enterprise_id: null, team_id, user_id: app.botUserId, is_bot: true }
    return {
      token: 'sandbox-verification-token',
      team_id,
      api_app_id: app.appId,
      event,
      type: 'event_callback',
      event_id: makeId('Ev'),
      event_time: now(),
      authorizations: [{ ...authorization, is_enterprise_install: false }],
      is_ext_shared_channel: this.workspace.channels.get(String(event.channel))?.isExtShared === true,
      event_context: `4-${makeId('')}`,
    }
  }

  private async attempt(app: App, type: string, payload: Json, num: number, reason: string): Promise<void> {
    if (this.closed) return
    const answer = await this.deliverer.deliver(app, {
      name: `event:${type}`,
      kind: 'events_api',
      payload,
      acceptsResponse: false,
      ...(num > 0 ? { retry: { num, reason } } : {}),
    })
    const wait = this.timing.eventRetriesMs[num]
    if (answer.ok || wait === undefined || answer.headers['x-slack-no-retry'] === '1' || this.closed) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      void this.attempt(app, type, payload, num + 1, REASONS[answer.failure ?? ''] ?? 'unknown_error')
    }, wait)
    this.timers.add(timer)
  }
}
