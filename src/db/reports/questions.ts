import { nameOf } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const questionsReport = defineReport({
  name: 'questions',
  title: 'Who asked the audit what',
  about: 'Every question, report and share, and every refusal of one, the newest first.',
  parameters: ['person', 'from', 'to', 'last'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({ at: 'instant', by: 'text', event: 'text', resource: 'text', question: 'text' }),
  query: ({ sql, visible, within, ofPerson }) => sql`
    select e.at, coalesce(${nameOf(sql, sql`e.actor_id`)}, 'command line') as by, replace(e.action, '.', ' ') as event,
      e.resource_id as resource, e.details::text as question
    from audit_events e
    where e.action in ('audit.queried', 'audit.shared', 'audit.refused', 'audit.reported') and ${within(sql`e.at`)}
      and ${visible(sql`e.resource_id`)} and ${ofPerson(sql`e.actor_id`)}
    order by e.id desc`,
})
