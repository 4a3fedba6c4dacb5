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

/** Seconds by which the access of grant `g` outlived its end, which is due at the end of the lease or when somebody took it back. */
export function overEnd(sql: postgres.ISql) {
  return sql`extract(epoch from g.ended_at - least(g.lease_ends_at, g.revocation_started_at))`
}

/**
 * How many of `seconds` lie within each step, with their share and the share up to there, in percent. The last row is all beyond the
 * last step. `counted` names the column of the counts.
 */
export function spread(
  sql: postgres.ISql,
  steps: readonly (readonly [number, string])[],
  seconds: postgres.PendingQuery<postgres.Row[]>,
  counted: postgres.PendingQuery<postgres.Row[]>,
) {
  const ends = steps.map(([end]) => end)
  const names = [...steps.map(([, name]) => name), `over ${steps.at(-1)?.[1]}`]
  return sql`
    with measured as (${seconds}), steps as (
      select width_bucket(greatest(seconds, 0)::float8 - 1e-6, ${ends}::float8[]) as step, count(*) as count from measured group by 1
    ), named as (
      select name, (at - 1)::int as step from unnest(${names}::text[]) with ordinality as n (name, at)
    )
    select name as within, coalesce(count, 0)::float8 as ${counted},
      round(100.0 * coalesce(count, 0) / nullif(sum(count) over (), 0), 1)::float8 as share,
      round(100.0 * sum(coalesce(count, 0)) over (order by step) / nullif(sum(count) over (), 0), 1)::float8 as up_to_here
    from named left join steps using (step)
    order by step`
}
