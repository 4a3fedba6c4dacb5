import { columns, defineReport } from './report.ts'

export const activityReport = defineReport({
  name: 'activity',
  title: 'What was done during a lease',
  about:
    'The operations that the target showed, the most frequent first. Literals and comments are left out of their texts.',
  parameters: ['request'],
  required: ['request'],
  columns: columns({
    operation: 'text',
    kind: 'text',
    count: ['Times, at least', 'number'],
    rows: 'number',
    objects: ['Tables and objects', 'text'],
    lastUsedAt: ['Last use of the lease', 'instant'],
    addresses: 'text',
    limits: ['What is not seen', 'text'],
  }),
  query: ({ sql, visible, filter: { requestNumber } }) => sql`
    select o.text as operation, o.kind, o.count::float8 as count, o.rows::float8 as rows,
      array_to_string(array(select jsonb_array_elements_text(o.objects)), ', ') as objects, la.last_used_at,
      array_to_string(array(select jsonb_array_elements_text(la.seen::jsonb -> 'addresses')), ', ') as addresses,
      array_to_string(array(select jsonb_array_elements_text(la.seen::jsonb -> 'limits')), ' ') as limits
    from requests r join grants g on g.request_id = r.id join lease_activity la on la.grant_id = g.id and la.seen is not null
      left join lateral jsonb_to_recordset(la.seen::jsonb -> 'operations')
        as o (text text, kind text, count numeric, rows numeric, objects jsonb) on true
    where r.number = ${requestNumber} and ${visible(sql`r.resource_id`)}
    order by o.count desc nulls last, o.text`,
})
