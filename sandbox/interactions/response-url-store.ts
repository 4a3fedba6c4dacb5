import { randomBytes } from 'node:crypto'
import { BoundedMap } from '../bounded-map.ts'
import type { App, Message } from '../workspace.ts'

/** https://docs.slack.dev/interactivity/handling-user-interaction */
const MAX_USES = 5

export interface ResponseUrl {
  appId: string
  userId: string
  channel: string
  /** The message that the interaction came from; none for a command. */
  source?: Message
  threadTs?: string
  expires: number
  uses: number
}

/** The URLs that let an app answer an interaction: five times within 30 minutes. */
export class ResponseUrls {
  private readonly urls = new BoundedMap<string, ResponseUrl>(20_000)
  private readonly lifeMs: number
  private readonly base: () => string

  constructor(lifeMs: number, base: () => string) {
    this.lifeMs = lifeMs
    this.base = base
  }

  issue(
    kind: 'commands' | 'actions' | 'app-actions',
    app: App,
    userId: string,
    channel: string,
    source?: Message,
  ): string {
    const secret = randomBytes(18).toString('base64url')
    const url = { appId: app.appId, userId, channel, expires: Date.now() + this.lifeMs, uses: 0 }
    const threadTs = source?.threadTs
    this.urls.set(secret, { ...url, ...(source ? { source } : {}), ...(threadTs ? { threadTs } : {}) })
    return `${this.base()}/${kind}/${secret}`
  }

  /** Uses the URL once. Answers an error code where it cannot be used. */
  use(secret: string): ResponseUrl | 'invalid_url' | 'expired_url' | 'used_url' {
    const url = this.urls.get(secret)
    if (!url) return 'invalid_url'
    if (url.expires < Date.now()) return 'expired_url'
    if (url.uses >= MAX_USES) return 'used_url'
    url.uses += 1
    return url
  }
}
