import { approversOf, selectWhose, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const runsReport = defineReport({
  name: 'runs',
  title: 'Actions that were approved',
  about:
    'Every run of an action, the newest first: who asked, who approved, when it began and ended, and what became of it.',
  parameters: ['person', 'from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    ...whose,
    entitlement: ['Action', 'text'],
    outcome: 'text',
    approvedAt: ['Approved', 'instant'],
    began: 'instant',
    ended: 'instant',
    rows: 'number',
    reason: ['Why not', 'text'],
    approvedBy: 'text',
    textSha256: ['SHA-256 of what was approved', 'text'],
    outputSha256: ['SHA-256 of the output', 'text'],
  }),
  query: ({ sql, visible, within, ofPerson }) => sql`
    select ${selectWhose(sql)}, replace(run.status, '_', ' ') as outcome, run.approved_at, run.started_at as began, run.ended_at as ended,
      run.rows, replace(run.failure_code, '_', ' ') as reason, ${approversOf(sql)} as approved_by, r.action ->> 'textHash' as text_sha256,
      run.output_sha256
    from runs run join requests r on r.id = run.id join accounts who on who.id = r.requester_id
    where ${visible(sql`r.resource_id`)} and ${within(sql`run.approved_at`)} and ${ofPerson(sql`r.requester_id`)}
    order by run.approved_at desc, r.number desc`,
})
