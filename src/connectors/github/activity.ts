import { z } from 'zod'
import type { ActivityLook, Operation } from '../../domain/activity.ts'
import type { AccessOrder } from '../../domain/connector.ts'
import { type Account, findAccount } from './accounts.ts'
import { accessOf, type GitHubEntitlement, type GitHubSettings } from './schema.ts'
import type { GitHub, Target } from './target.ts'

type Order = AccessOrder<GitHubEntitlement | null>
export type ActivitySource = NonNullable<GitHubSettings['activity']>

/** What the accounts of leases did. */
export interface AccountActivity {
  look(orders: readonly Order[]): Promise<ActivityLook[]>
}

/**
 * How many seconds later a use may show. Events: https://docs.github.com/rest/activity/events#list-repository-events. GitHub names no time
 * for the audit log.
 */
export const tellsLateSeconds: Readonly<Record<ActivitySource, number>> = {
  'audit-log': 30 * 60,
  events: 6 * 3_600,
}

const lookEveryMs = 5 * 60_000
const mostKept = 2_000
/** Of one question. Those who ask wait for 10 seconds. */
const mostCalls = 20
/** Of one list, of 100 each. GitHub keeps the newest 300 events of a repository. */
const mostPages = 3

/** Each lease is asked for every five minutes; those that were not asked for lately come first. */
export function openAccountActivity(target: Target, source: ActivitySource): AccountActivity {
  const kept = new Map<string, { readonly askedAt: number; readonly look: ActivityLook }>()
  const askedAt = ({ grantId }: Order) => kept.get(grantId)?.askedAt ?? 0
  const keep = ({ grantId }: Order, look: ActivityLook) => {
    kept.delete(grantId)
    kept.set(grantId, { askedAt: Date.now(), look })
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
  }
  return {
    look: async (orders) => {
      const due = orders
        .filter((order) => Date.now() - askedAt(order) > lookEveryMs)
        .toSorted((one, other) => askedAt(one) - askedAt(other))
      if (due.length > 0)
        await target.operation(async (github) => {
          const reader = readerOf(source, github, target)
          for (const order of due) {
            if (reader.calls() >= mostCalls) return
            keep(order, lookOf(order, source, github.now(), await reader.read(order)))
          }
        })
      return orders.map(
        (order) => kept.get(order.grantId)?.look ?? lookOf(order, source, new Date(), nothing),
      )
    },
  }
}

/** One thing that an account did. */
interface Done {
  readonly text: string
  readonly kind: Operation['kind']
  readonly repository: string | null
  readonly at: Date
}

interface Found {
  readonly done: readonly Done[]
  readonly isWhole: boolean
}
const nothing: Found = { done: [], isWhole: true }

interface Reader {
  /** How often GitHub was asked. */
  calls(): number
  read(order: Order): Promise<Found>
}

function readerOf(source: ActivitySource, github: GitHub, target: Target): Reader {
  let calls = 0
  const list = async <Item extends z.ZodType>(item: Item, path: string, parameters: object) => {
    const items = await github.list(item, path, { ...parameters, pages: mostPages })
    calls += Math.max(1, Math.ceil(items.length / 100))
    return { items, isWhole: items.length < mostPages * 100 }
  }
  /** Several leases are of one repository. */
  const events = new Map<string, ReturnType<typeof eventsOf>>()
  const eventsOf = (repo: string) => list(eventSchema, '/repos/{owner}/{repo}/events', { repo })
  const eventsIn = (repo: string) => {
    const known = events.get(repo) ?? eventsOf(repo)
    events.set(repo, known)
    return known
  }
  const repositoriesOf = async (order: Order): Promise<string[]> => {
    const access = order.content && accessOf(order.content)
    if (!access) return []
    if (access.kind !== 'team') return [access.repository]
    const path = '/orgs/{org}/teams/{team_slug}/repos'
    return (await list(repositorySchema, path, { team_slug: access.team })).items.map(({ name }) => name)
  }
  const byEvents = async (order: Order, account: Account): Promise<Found> => {
    const all = await repositoriesOf(order)
    const names = all.slice(0, mostRepositories)
    const found = []
    for (const name of names) found.push(await eventsIn(name))
    const own = found.flatMap(({ items }) => items).filter(({ actor }) => actor.id === account.id)
    return {
      done: own.flatMap(doneByEvent),
      isWhole: names.length === all.length && found.every(({ isWhole }) => isWhole),
    }
  }
  const byAuditLog = async ({ since, until }: Order, account: Account): Promise<Found> => {
    const created = `created:${(since ?? until).toISOString().slice(0, 10)}..${until.toISOString().slice(0, 10)}`
    const asked = { phrase: `actor:${account.login} ${created}`, include: 'all', order: 'desc' }
    const { items, isWhole } = await list(auditSchema, '/orgs/{org}/audit-log', asked)
    // Somebody else may have had this login.
    const own = items.filter(({ actor_id: id }) => id === undefined || id === null || id === account.id)
    return { done: own.flatMap(doneByAudit), isWhole }
  }
  return {
    calls: () => calls,
    read: async (order) => {
      calls += 1
      const account = await findAccount(target, github, order)
      if (account?.login === null || !account) return nothing
      return source === 'events' ? byEvents(order, account) : byAuditLog(order, account)
    },
  }
}

/** Of a team. */
const mostRepositories = 15
const repositorySchema = z.object({ name: z.string() })

/** https://docs.github.com/rest/using-the-rest-api/github-event-types */
const eventSchema = z.object({
  type: z.string().nullable(),
  actor: z.object({ id: z.number() }),
  repo: z.object({ name: z.string() }),
  payload: z.object({ action: z.string().optional() }),
  created_at: z.coerce.date().nullable(),
})

/** https://docs.github.com/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization */
const auditSchema = z.object({
  action: z.string().nullish(),
  actor_id: z.number().nullish(),
  repo: z.string().nullish(),
  repository: z.string().nullish(),
  created_at: z.number().nullish(),
  '@timestamp': z.number().nullish(),
})

function doneByEvent({ type, repo, payload, created_at: at }: z.output<typeof eventSchema>): Done[] {
  if (type === null || at === null) return []
  // `PullRequestReviewEvent`: pull request review
  const words = type
    .replace(/Event$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  const text = payload.action === undefined ? words : `${words} ${payload.action}`
  return [{ text, kind: type === 'WatchEvent' ? 'other' : 'change', repository: repo.name, at }]
}

function doneByAudit(event: z.output<typeof auditSchema>): Done[] {
  const at = event.created_at ?? event['@timestamp'] ?? null
  if (!event.action || at === null) return []
  const kind = /^git\.(clone|fetch)$/.test(event.action) ? 'read' : 'change'
  return [{ text: event.action, kind, repository: event.repo ?? event.repository ?? null, at: new Date(at) }]
}

function lookOf(
  { since, until }: Order,
  source: ActivitySource,
  at: Date,
  { done, isWhole }: Found,
): ActivityLook {
  const own = done.filter((one) => since !== undefined && one.at >= since && one.at <= until)
  const operations = new Map<string, Operation>()
  for (const { text, kind, repository } of own) {
    const known = operations.get(text)
    const objects = [...new Set([...(known?.objects ?? []), ...(repository === null ? [] : [repository])])]
    operations.set(text, {
      text: text.slice(0, 100),
      kind,
      objects,
      count: (known?.count ?? 0) + 1,
      rows: null,
    })
  }
  const last = own.map((one) => one.at).toSorted((one, other) => other.getTime() - one.getTime())
  return {
    at,
    unit: 'call',
    lastUsedAt: last[0] ?? null,
    sessions: [],
    operations: [...operations.values()],
    // Reading in the browser and by the API is not told, so that nobody can say that there was none.
    isCounted: false,
    refused: 0,
    limits: [limitOf[source], ...(isWhole ? [] : ['There was more than was read.'])],
  }
}

const limitOf: Readonly<Record<ActivitySource, string>> = {
  'audit-log':
    'All that the account did in the organisation is told, whatever let it. Reading in the browser and by the API is not in the audit log.',
  events:
    'All that the account did in these repositories is told, whatever let it. GitHub shows it up to six hours later, and neither clones nor reading.',
}
