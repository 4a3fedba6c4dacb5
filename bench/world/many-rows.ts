import { parseCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'
import type { Catalog } from '../../src/domain/catalog.ts'
import { type Environment, emptyTemplate } from './environment.ts'
import { leads } from './many-rules.ts'
import { approvers, requesters, slack } from './people.ts'
import { addRequests } from './rows.ts'
import { once } from './server.ts'
import { policy } from './years.ts'

interface Size {
  readonly people: number
  readonly resources: number
  /** Of each kind of row of App Home. */
  readonly rows: number
}

/** Begins the user ids of contractors without an engagement, who may request nothing. */
export const somebodyWithoutEngagement = 'U0NOBODY'
/** The rows lie on so many resources. */
const busyResources = 100
const entitlements = 10

/**
 * Creates a database with many employees, and rows of each kind for App Home of the first approver, who is also a security lead
 * and sponsors everybody who requests.
 */
export async function makeRulesWorld(
  { server }: Pick<Environment, 'server'>,
  database: string,
  { people, rows }: Size,
): Promise<string> {
  const url = await server.create(database, emptyTemplate)
  await once(url, async (sql) => {
    await sql`
      with made as (
        insert into persons select from generate_series(1, ${people + 3}) returning id
      ), numbered as (
        select id, row_number() over () - 1 as n from made
      ), named as (
        select id, n < ${people} as is_employee,
          case when n < ${people} then 'U0MANY' || lpad(n::text, 5, '0') else ${somebodyWithoutEngagement} || n - ${people} end as user_id
        from numbered
      )
      insert into accounts (person_id, team_id, user_id, kind, display_name, time_zone, is_guest, is_deactivated)
      select id, ${slack.teamId}, user_id, case when is_employee then 'employee' else 'contractor' end, user_id, 'Europe/Lisbon',
        not is_employee, false
      from named`
    const common = { count: rows, resources: busyResources }
    const own = { ...common, by: approvers.slice(0, 1) }
    const others = { ...common, by: requesters }
    await addRequests(sql, { ...own, tag: 'past ', status: 'denied' })
    await addRequests(sql, { ...own, tag: 'holding ', status: 'approved', grant: 'active' })
    await addRequests(sql, { ...own, tag: 'asked ', status: 'pending' })
    await addRequests(sql, { ...own, tag: 'in advance ', status: 'denied' })
    await addRequests(sql, { ...others, tag: 'live ', status: 'approved', grant: 'active' })
    await addRequests(sql, { ...others, tag: 'failed ', status: 'approved', grant: 'revocation_failed' })
    await addRequests(sql, { ...others, tag: 'review ', status: 'approved', isBreakGlass: true })
    await addRequests(sql, { ...others, tag: 'waiting ', status: 'pending' })
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      await tx`
        insert into pre_approvals (request_id, made_by_id, made_at, good_through, max_duration_seconds, reason, policy)
        select id, (select id from accounts where user_id = ${approvers[1] ?? ''}), now(), now() + interval '30 days', 3600, 'Often needed',
          ${policy}::text::jsonb
        from requests where submission_key like 'in advance %'`
      await tx`
        insert into break_glass_reviews (request_id, person_id, opened_at, due_at)
        select r.id, a.person_id, now(), now() + interval '1 day'
        from requests r join accounts a on a.id = r.requester_id where submission_key like 'review %'`
    })
    await sql`vacuum (analyze)`
  })
  return url
}

/** Resources with ten entitlements each, which the first approver decides about. */
export function rulesCatalog(
  { targetUrl }: Pick<Environment, 'targetUrl'>,
  { resources }: Pick<Size, 'resources'>,
): Catalog {
  const offers = Array.from({ length: entitlements }, (_, n) => {
    const [id, name] = n === 0 ? ['read-orders', 'Read orders'] : [`read-${n}`, `Read ${n}`]
    return `      ${id}:
        name: ${name}
        risk: low
        maxDuration: 8h
        privileges: [{ on: table public.orders, allow: [SELECT], columns: [id, status, total] }]`
  }).join('\n')
  const all = Array.from(
    { length: resources },
    (_, n) => `  resource-${n}:
    name: Resource ${n}
    environment: production
    owners: { channel: ${slack.ownersChannel}, approvers: [${approvers.slice(0, 3).join(', ')}] }
    connector: { kind: postgres, url: '${targetUrl}' }
    entitlements:
${offers}`,
  )
  const text = `version: 1
security: { channel: ${slack.securityChannel}, leads: [${leads.join(', ')}] }
resources:
${all.join('\n')}
`
  return parseCatalog('many.yml', text, { environment: {}, connectorKinds })
}
