import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { openDatabase } from '../src/db/database.ts'
import { createOutbox } from '../src/db/outbox.ts'
import { createRecord } from '../src/db/record/record.ts'
import { createStore } from '../src/db/store.ts'
import type { SlackAccount } from '../src/domain/account.ts'
import { ownersPlan } from '../src/domain/approval-plan.ts'
import { campaignMessageKey } from '../src/domain/campaign.ts'
import type { Catalog, Entitlement, Resource } from '../src/domain/catalog.ts'
import { type AccessOrder, type Connector, ConnectorError, type Evidence } from '../src/domain/connector.ts'
import { DirectoryUnavailable } from '../src/domain/directory.ts'
import type { EffectKind } from '../src/domain/effect.ts'
import type { EndingsDigest } from '../src/domain/endings-digest.ts'
import { contentFromJson } from '../src/domain/entitlement-content.ts'
import type { Home } from '../src/domain/home.ts'
import type {
  AlertMessage,
  InsightMessage,
  MessageAddress,
  MessengerError,
  OutgoingCampaignMessage,
  OutgoingEngagementMessage,
  OutgoingMessage,
  OutgoingReport,
} from '../src/domain/messenger.ts'
import type { PanicMessage, PanicReport } from '../src/domain/panic.ts'
import type { Ports, Vault } from '../src/domain/ports.ts'
import type { PasskeyNotice, SecurityNotice } from '../src/domain/security-notice.ts'
import { performDue } from '../src/jobs/perform-due.ts'
import { type LoadedPolicies, loadPolicies } from '../src/policy/load-policies.ts'
import { sharingLogins } from '../src/usecases/_shared/shared-logins.ts'
import { runnableEffects } from '../src/usecases/effects.ts'
import { type Ask, requestAccess } from '../src/usecases/requests/request-access.ts'
import { freshDatabase } from './_database.ts'

/** A log that says nothing. */
export const silent = { debug() {}, info() {}, warn() {}, error() {} }

export const teamId = 'T0DAYPASS'
const people = [
  'U0CARL',
  'U0DANA',
  'U0ERIN',
  'U0FRED',
  'U0GUEST',
  'U0LEAD',
  'U0PAT',
  'U0BOT',
  'U0GONE',
  'U0STRANGER',
] as const
export type PersonId = (typeof people)[number]
export const who = (userId: string) => ({ teamId, userId })

/**
 * A world for use-cases: the real database and the shipped policies, with people, a target and Slack's channels that a test
 * can steer. Carl (a guest) asks, with Pat as sponsor; Dana, Erin and Fred approve; Lead is in the security group.
 */
export async function openWorld() {
  const place = await freshDatabase()
  const database = openDatabase(place.url)
  const owner = openDatabase(place.ownerUrl, { poolSize: 2 })
  const clock = settableClock(new Date('2026-11-22T09:00:00Z'))
  const directory = fakeDirectory(clock)
  const target = fakeTarget(clock)
  const channel = fakeMessenger()
  const catalog = baseCatalog(() => target.connector)
  const store = createStore(database)
  const ports: Ports = {
    store,
    clock,
    catalog,
    policy: shippedPolicies(catalog.security.leads),
    directory,
    messenger: channel,
    connectors: sharingLogins({ of: () => target.connector }, store),
    vault: fakeVault,
    stepUp: null,
    record: createRecord(database),
    places: fakePlaces(),
  }
  for (const userId of ['U0CARL', 'U0GUEST'] as const) await engage(ports, userId)
  const outbox = createOutbox(database)
  const effects = runnableEffects(() => ports)
  return {
    url: place.url,
    ports,
    clock,
    directory,
    target,
    channel,
    outbox,
    database,
    databaseUrl: place.url,
    /** As the owner of the tables, and superuser. */
    owner,
    /** Submits what Carl usually asks for. */
    async ask(changes: Partial<Parameters<typeof requestAccess>[1]> = {}) {
      const answer = await requestAccess(ports, { ...usualAsk(), ...changes })
      if (answer.kind !== 'submitted') throw new Error(`not submitted: ${JSON.stringify(answer)}`)
      return answer.history.request
    },
    /** Takes what is due of these kinds, for 30 seconds of the world's clock. */
    take: (kinds: readonly EffectKind[]) =>
      outbox.takeDue({
        kinds,
        now: clock.now(),
        holdSeconds: 30,
        limit: 50,
        perTarget: null,
        except: [],
      }),
    /** Does everything that is due by the world's clock, until nothing is. */
    processAll: () => performDue({ effects, outbox, clock, log: silent }),
    async close() {
      await Promise.all([database.close(), owner.close()])
      await place.drop()
    },
  }
}
/** Parsed once a test file, which takes longer than most tests. A policy engine keeps nothing but answers. */
function shippedPolicies(securityLeads: readonly string[]): LoadedPolicies {
  shipped ??= { securityLeads, engine: loadPolicies('policies', { securityLeads }) }
  if (!isDeepStrictEqual(shipped.securityLeads, securityLeads)) throw new Error('other security leads')
  return { ...shipped.engine }
}
let shipped: { readonly securityLeads: readonly string[]; readonly engine: LoadedPolicies } | undefined

export type World = Awaited<ReturnType<typeof openWorld>>

export function usualAsk(): Ask {
  return {
    asker: who('U0CARL'),
    resourceId: 'orders-db',
    entitlementId: 'read-orders',
    duration: '1h',
    justification: 'Fixing the totals of INC-42',
    ticket: null,
    submissionKey: randomUUID(),
  }
}

/** An engagement that has begun and ends in a year. It has no effects: tests that need them add one by the use-case. */
async function engage({ store, directory, clock }: Ports, userId: PersonId): Promise<void> {
  const [account, sponsor] = await Promise.all(
    [userId, 'U0PAT'].map((id) => directory.account(id, { maxAgeSeconds: 0 })),
  )
  if (!account || !sponsor) throw new Error(`no account ${userId}`)
  await store.transaction(async (tx) => {
    const { personId } = await tx.accounts.upsert(account)
    const { personId: sponsorPersonId } = await tx.accounts.upsert(sponsor)
    await tx.engagements.insert({
      personId,
      company: 'Mendes Consulting',
      sponsorPersonId,
      startsAt: clock.now(),
      endsAt: new Date('2027-11-22T09:00:00Z'),
      tags: ['databases'],
      createdById: null,
    })
  })
}

function settableClock(start: Date) {
  let now = start
  return {
    now: () => now,
    advance(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000)
    },
  }
}
type SettableClock = ReturnType<typeof settableClock>

function fakeDirectory(clock: SettableClock) {
  const changes = new Map<string, Partial<SlackAccount>>()
  const groups = new Map<string, Set<string>>([
    ['S0SECURITY', new Set(['U0LEAD'])],
    ['S0DBAS', new Set(['U0ERIN', 'U0FRED'])],
  ])
  const state = { down: false }
  const check = () => {
    if (state.down) throw new DirectoryUnavailable('Slack does not answer')
  }
  return {
    state,
    groups,
    change: (userId: PersonId, change: Partial<SlackAccount>) => changes.set(userId, change),
    async account(userId: string): Promise<SlackAccount | null> {
      check()
      if (!(people as readonly string[]).includes(userId)) return null
      return {
        teamId,
        userId,
        displayName: userId.slice(2).toLowerCase(),
        confirmedEmail: null,
        timeZone: 'Europe/Lisbon',
        isDeactivated: userId === 'U0GONE',
        isBot: userId === 'U0BOT',
        isGuest: userId === 'U0CARL' || userId === 'U0GUEST',
        isStranger: userId === 'U0STRANGER',
        guestExpiresAt: null,
        fetchedAt: clock.now(),
        ...changes.get(userId),
      }
    },
    async groupMembers(groupId: string): Promise<ReadonlySet<string> | null> {
      check()
      return groups.get(groupId) ?? null
    },
  }
}

/** A target that holds what it was given, and can be broken. */
function fakeTarget(clock: SettableClock) {
  const held = new Map<string, AccessOrder>()
  const state = {
    broken: null as ConnectorError | null,
    grants: 0,
    revokes: 0,
    beforeGrantEnds: async () => {},
  }
  const check = () => {
    if (state.broken) throw state.broken
  }
  const evidence = (summary: string): Evidence => ({
    readAt: clock.now(),
    summary,
    facts: { held: held.size },
  })
  const connector: Connector = {
    async grant(access) {
      check()
      state.grants += 1
      await state.beforeGrantEnds()
      held.set(access.grantId, access)
      return evidence('seen there')
    },
    async revoke(access) {
      check()
      state.revokes += 1
      held.delete(access.grantId)
      return evidence('seen gone')
    },
    async issueCredentials(access) {
      check()
      return { fields: [{ label: 'Password', value: randomUUID() }], commands: [], expiresAt: access.until }
    },
    check: async () => ({ ok: true, summary: 'well' }),
    close: async () => {},
  }
  const breakDown = (retryable: boolean) => {
    const code = retryable ? 'unreachable' : 'misconfigured'
    state.broken = new ConnectorError(code, 'The target does not answer.', { retryable })
  }
  return {
    connector,
    held,
    state,
    breakDown,
    mend: () => {
      state.broken = null
    },
  }
}

/** Opens only for that for which it was sealed. */
export const fakeVault: Vault = {
  seal: (text, about) => Buffer.from(JSON.stringify([about, text])).toString('base64'),
  open: (sealed, about) => {
    const [sealedFor, text] = JSON.parse(Buffer.from(sealed, 'base64').toString())
    return sealedFor === about ? text : null
  },
}

/** The places for checkpoints outside Slack. */
function fakePlaces() {
  const put: string[] = []
  return {
    /** What was put where: the kind of the place, and the size. */
    published: put,
    async put({ kind }: { kind: string }, { size }: { size: number }) {
      put.push(`${kind} ${size}`)
    },
  }
}

/** Slack's channels: the messages in each, by purpose. */
function fakeMessenger() {
  const standing = new Map<string, OutgoingMessage>()
  const engagements = new Map<string, OutgoingEngagementMessage>()
  const digests: EndingsDigest[] = []
  const notices: SecurityNotice[] = []
  const personNotices: { userId: string; kind: PasskeyNotice['kind'] }[] = []
  const panics: { message: PanicMessage; report: PanicReport }[] = []
  const reports: OutgoingReport[] = []
  const campaigns = new Map<string, OutgoingCampaignMessage>()
  const alerts: { channelId: string; isEdit: boolean; message: AlertMessage }[] = []
  const insights: InsightMessage[] = []
  const homes: Home[] = []
  const state = { posts: 0, edits: 0, fail: null as MessengerError | null }
  return {
    standing,
    /** The digests that were posted. */
    digests,
    state,
    /** The purposes of the messages about this request, in the order of their first post. */
    said: (requestId: string) =>
      [...standing.values()]
        .filter(({ history }) => history.request.id === requestId)
        .map(({ purpose }) => purpose),
    latest: (requestId: string, purpose: string) =>
      [...standing.values()].find(
        (message) => message.history.request.id === requestId && message.purpose === purpose,
      ),
    /** What security was told that belongs to no request. */
    notices,
    /** What security was told of panics, each post and edit. */
    panics,
    async tellPanic(
      report: PanicReport,
      message: PanicMessage,
      { channelId, at }: { channelId: string; at: MessageAddress | null },
    ) {
      if (state.fail) throw state.fail
      panics.push({ message, report })
      if (at) return at
      state.posts += 1
      return { channelId, ts: `${state.posts}.000100` }
    },
    /** The messages about access reviews as they stand, by their key. */
    campaigns,
    /** The reports that were shared as files. */
    reports,
    async shareReport(report: OutgoingReport) {
      if (state.fail) throw state.fail
      reports.push(report)
    },
    async tellCampaign(message: OutgoingCampaignMessage, at: MessageAddress | null) {
      if (state.fail) throw state.fail
      if (at) state.edits += 1
      else state.posts += 1
      campaigns.set(campaignMessageKey(message.message), message)
      return at ?? { channelId: message.channelId ?? 'D0DIRECT', ts: `${state.posts}.000100` }
    },
    /** What channels were told of alerts, each post and edit. */
    alerts,
    async tellAlerts(
      message: AlertMessage,
      { channelId, at }: { channelId: string; at: MessageAddress | null },
    ) {
      if (state.fail) throw state.fail
      alerts.push({ channelId, isEdit: at !== null, message })
      if (at) return at
      state.posts += 1
      return { channelId, ts: `${state.posts}.000100` }
    },
    /** What owners were told that they could change. */
    insights,
    async tellInsight(message: InsightMessage) {
      if (state.fail) throw state.fail
      insights.push(message)
    },
    /** The Home tabs that were published, in order. */
    homes,
    async publishHome(home: Home) {
      if (state.fail) throw state.fail
      homes.push(home)
    },
    /** What people were told of their passkeys, in direct messages. */
    personNotices,
    async tellPerson(notice: PasskeyNotice, userId: string) {
      if (state.fail) throw state.fail
      personNotices.push({ userId, kind: notice.kind })
    },
    async tellSecurity(notice: SecurityNotice) {
      if (state.fail) throw state.fail
      notices.push(notice)
    },
    /** The messages about engagements, by purpose and reader. */
    toldOf: () => [...engagements.values()].map(({ purpose, userId }) => `${purpose} ${userId}`),
    async deliverEngagement(message: OutgoingEngagementMessage, at: MessageAddress | null) {
      if (state.fail) throw state.fail
      if (at) state.edits += 1
      else state.posts += 1
      const address = at ?? { channelId: `D-${message.userId}`, ts: `${state.posts}.000100` }
      engagements.set(address.ts, message)
      return address
    },
    async deliver(message: OutgoingMessage, at: { channelId: string; ts: string } | null) {
      if (state.fail) throw state.fail
      if (at) state.edits += 1
      else state.posts += 1
      const address = at ?? { channelId: message.channelId ?? 'D0DIRECT', ts: `${state.posts}.000100` }
      standing.set(address.ts, message)
      return address
    },
    async postDigest(digest: EndingsDigest) {
      if (state.fail) throw state.fail
      state.posts += 1
      digests.push(digest)
      return { channelId: digest.channelId, ts: `${state.posts}.000100` }
    },
  }
}

export function baseCatalog(open: () => Connector): Catalog {
  const entitlement = (id: string, changes: Partial<Entitlement> = {}): [string, Entitlement] => [
    id,
    {
      id,
      resourceId: 'orders-db',
      name: id === 'read-orders' ? 'Read orders' : 'Correct rows in orders',
      description: null,
      risk: 'low',
      defaultDurationSeconds: 3600,
      maxDurationSeconds: 8 * 3600,
      approvals: ownersPlan(1),
      approvers: ['U0DANA', 'S0DBAS'],
      tell: [],
      justification: { minLength: 10 },
      ticket: { pattern: '^[A-Z]+-[0-9]+$', example: 'OPS-12', required: false },
      selfServePerPersonAndDay: null,
      breakGlass: null,
      content: contentFromJson({ privileges: [] }),
      ...changes,
    },
  ]
  const orders: Resource = {
    id: 'orders-db',
    name: 'Orders database',
    environment: 'production',
    owners: { channel: 'C0ORDERS', approvers: ['U0DANA', 'S0DBAS'] },
    connector: { kind: 'fake', isSame: () => false, open },
    entitlements: new Map([
      entitlement('read-orders'),
      entitlement('fix-orders', {
        risk: 'high',
        approvals: ownersPlan(2),
        maxDurationSeconds: 3600,
        breakGlass: { maxDurationSeconds: 1800 },
      }),
    ]),
  }
  return {
    contentHash: 'c'.repeat(64),
    security: { channel: 'C0SECURITY', leads: ['S0SECURITY'] },
    defaults: {
      requestTimeoutSeconds: 8 * 3600,
      remindAfterSeconds: 900,
      expiryNoticesSeconds: [900, 300],
      requestsPerHour: 30,
      selfServePerPersonAndDay: 3,
      longestPreApprovalSeconds: 90 * 86_400,
    },
    resources: new Map([[orders.id, orders]]),
  }
}
