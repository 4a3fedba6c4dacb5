import type postgres from 'postgres'

/** Columns that most reports begin with. `r`: requests, `who`: the account of the requester. */
export const whose = {
  request: 'text',
  person: 'text',
  userId: ['Slack user', 'text'],
  resource: 'text',
  entitlement: 'text',
} as const

export function selectWhose(sql: postgres.ISql) {
  return sql`'AR-' || r.number as request, who.display_name as person, who.user_id, r.resource_id as resource,
    r.entitlement_id as entitlement`
}

/** The names of those who approved request `r`, or the rule that did. */
export function approversOf(sql: postgres.ISql) {
  return sql`case when r.how <> 'approval' then replace(r.how, '_', ' ') else (
    select string_agg(a.display_name || ' (' || a.user_id || ')', ', ' order by d.decided_at)
    from decisions d join accounts a on a.id = d.approver_id where d.request_id = r.id and d.verdict = 'approve') end`
}

/** The person and account of `id`. */
export function nameOf(sql: postgres.ISql, id: postgres.PendingQuery<postgres.Row[]>) {
  return sql`(select n.display_name || ' (' || n.user_id || ')' from accounts n where n.id = ${id})`
}

/** What a lease of grant `g` was used for, in a word, by its activity `la`. */
export function useOf(sql: postgres.ISql) {
  return sql`case when la.is_used is null then 'not known' when la.is_used then 'used' when la.is_counted then 'never used'
    else 'no use seen' end`
}
