import type { MethodSpec } from './spec.ts'

const MINUTE = 60_000
/** Slack's special limit: about one message a second in each channel. */
const POST_GAP_MS = 1000

/** Slack's rate tiers: so many calls a minute for each method and app, and one message a second in each channel. https://docs.slack.dev/apis/web-api/rate-limits */
export class RateTiers {
  private readonly calls = new Map<string, number[]>()
  private readonly lastPost = new Map<string, number>()

  /** Seconds to wait, or 0 where the call may go on (it is then counted). */
  check(spec: MethodSpec, appId: string, channel: string): number {
    const now = Date.now()
    if (spec.method === 'chat.postMessage') {
      const key = `${appId}:${channel}`
      const wait = (this.lastPost.get(key) ?? 0) + POST_GAP_MS - now
      if (wait > 0) return Math.ceil(wait / 1000)
      this.lastPost.set(key, now)
      return 0
    }
    if (spec.perMinute === undefined) return 0
    const key = `${appId}:${spec.method}`
    const recent = (this.calls.get(key) ?? []).filter((at) => at > now - MINUTE)
    if (recent.length >= spec.perMinute)
      return Math.max(1, Math.ceil(((recent[0] ?? now) + MINUTE - now) / 1000))
    this.calls.set(key, [...recent, now])
    return 0
  }
}
