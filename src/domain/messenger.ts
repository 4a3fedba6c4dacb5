import type { CampaignMessage, CampaignView } from './campaign.ts'
import type { EndingsDigest } from './endings-digest.ts'
import type { EngagementPurpose, EngagementView } from './engagement-message.ts'
import type { Home } from './home.ts'
import type { Insight } from './insight/insight.ts'
import type { MessageKey, MessagePurpose } from './message.ts'
import type { AlertView } from './noticing/alert.ts'
import type { PanicMessage, PanicReport } from './panic.ts'
import type { MadeReport, ReportFormat, ReportRow } from './report.ts'
import type { RequestHistory } from './request-history.ts'
import type { PasskeyNotice, SecurityNotice } from './security-notice.ts'

/** The place of a message that Daypass posted. */
export interface MessageAddress {
  readonly channelId: string
  readonly ts: string
}
export type DeliveredMessage = MessageAddress & MessageKey

/** A message that Slack refused. Delivery is repeated until its request and grant reach their end. */
export interface UndeliveredMessage extends MessageKey {
  /** Null for direct messages. */
  readonly channelId: string | null
  /** Slack's error code where it gave one, such as `not_in_channel`. */
  readonly code: string
  /** The problem, and the remedy. */
  readonly problem: string
  readonly since: Date
  /** Whether this message is the one that was reported to security. Only one is reported for each channel that fails. */
  readonly told: boolean
}

/** Posts and edits Slack messages. Throws `MessengerError`. */
export interface Messenger {
  /** Posts the message, or edits the one at `at`. Resolves with the place of the message. */
  deliver(message: OutgoingMessage, at: MessageAddress | null): Promise<MessageAddress>
  /** Posts the digest. `mayBePosted`: an earlier attempt has no answer, so the channel is searched first where that is allowed. */
  postDigest(digest: EndingsDigest, options: { mayBePosted: boolean }): Promise<MessageAddress>
  /** Posts the message about an engagement, or edits the one at `at`. Resolves with the place of the message. */
  deliverEngagement(message: OutgoingEngagementMessage, at: MessageAddress | null): Promise<MessageAddress>
  /** Publishes this person's Home tab in place of the one before. */
  publishHome(home: Home): Promise<void>
  /**
   * Posts a message about a panic, or edits the one at `at`. `mayBePosted`: an earlier attempt has no answer, so the channel is searched
   * first where that is allowed.
   */
  tellPanic(
    report: PanicReport,
    message: PanicMessage,
    place: { readonly channelId: string; readonly at: MessageAddress | null; readonly mayBePosted: boolean },
  ): Promise<MessageAddress>
  /** Posts a message about an access review, or edits the one at `at`. */
  tellCampaign(message: OutgoingCampaignMessage, at: MessageAddress | null): Promise<MessageAddress>
  /** Posts a message about alerts, or edits the one at `at`. `mayBePosted`: as above. */
  tellAlerts(
    message: AlertMessage,
    place: { readonly channelId: string; readonly at: MessageAddress | null; readonly mayBePosted: boolean },
  ): Promise<MessageAddress>
  /** Shares a report as a file, with its charts as images. A repeated call posts it again. */
  shareReport(report: OutgoingReport): Promise<void>
  /** Posts what owners could change. `mayBePosted`: as above. */
  tellInsight(message: InsightMessage, options: { readonly mayBePosted: boolean }): Promise<void>
  /** Posts a message that belongs to no request. */
  tellSecurity(notice: SecurityNotice, channelId: string): Promise<void>
  /** Posts the same to a person, as a direct message. */
  tellPerson(notice: PasskeyNotice, userId: string): Promise<void>
}

/** A report as a file, in a channel or as a direct message. */
export interface OutgoingReport {
  readonly to: { readonly channelId: string } | { readonly userId: string }
  readonly report: MadeReport
  readonly rows: readonly ReportRow[]
  /** There are more rows than these. */
  readonly isPart: boolean
  /** Null: the charts alone. */
  readonly format: ReportFormat | null
  /** The schedule that posts it, and on whose behalf. Null: somebody asked for it. */
  readonly schedule: { readonly id: string; readonly onBehalfOf: string } | null
}

/** A message about an access review. */
export interface OutgoingCampaignMessage extends CampaignView {
  readonly message: CampaignMessage
  /** The channel from the catalog. Null: a direct message. */
  readonly channelId: string | null
  /** For the card of a reviewer: the person that it shows. Null: the first of whom something is undecided. */
  readonly page: number | null
  readonly resourceNames: ReadonlyMap<string, string>
  readonly now: Date
}

/** A message about an alert, or about many that were raised in a short time. */
export interface AlertMessage {
  readonly id: string
  readonly alerts: readonly AlertView[]
  readonly isDigest: boolean
}

/** What the owners of a channel could change. */
export interface InsightMessage {
  readonly channelId: string
  /** When it was due, in ISO 8601. */
  readonly week: string
  readonly insights: readonly Insight[]
  readonly overSeconds: number
}

/** A message about an engagement, to its sponsor or its contractor. */
export interface OutgoingEngagementMessage extends EngagementView {
  readonly purpose: EngagementPurpose
  /** Who gets it as a direct message. */
  readonly userId: string
  /** False: the end or the sponsor has changed since, or the sponsor lets it end. */
  readonly isCurrent: boolean
  readonly now: Date
}

export interface OutgoingMessage {
  readonly purpose: MessagePurpose
  readonly history: RequestHistory
  /** The card, for messages in its thread. */
  readonly card: MessageAddress | null
  /** The channel of the owners or of security, from the catalog. Null: a direct message. */
  readonly channelId: string | null
  /** Who gets it as a direct message, where that is one of the people who are asked to do a task. */
  readonly reader?: string
  /** Messages of the same request that could not be delivered. */
  readonly undelivered: readonly UndeliveredMessage[]
  /** For one message about several leases: all of them, in the order of their requests. */
  readonly together?: readonly RequestHistory[]
  readonly now: Date
}

/** `retryAfterSeconds`: as Slack asked. Not `retryable`: a person must mend the cause (not in channel, missing scope). */
export class MessengerError extends Error {
  override readonly name = 'MessengerError'
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterSeconds: number | null
  constructor(
    code: string,
    message: string,
    options: { retryable: boolean; retryAfterSeconds?: number | null; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}
