import { context, type MessageContent, section } from '../../kit/blocks.ts'
import { searchButton } from './list.ts'

/** The answer to `/audit help`. */
export function auditHelp(): MessageContent {
  const text = 'Ask who has what, who had it, why, and who said yes.'
  return {
    text,
    blocks: [
      section(text),
      section(
        '`/audit` all access that is active now\n' +
          '`/audit @ana` one person (pick the name from the list that opens)\n' +
          '`/audit orders-db` one resource\n' +
          '`/audit AR-1042` one request with its whole history\n' +
          '`/audit AR-1042 proof` whether its events are in the signed record\n' +
          '`/audit from 2026-11-01 to 2026-11-20` days of your own calendar, both included\n' +
          '`/audit last 7d` the same, counted back from now\n' +
          '`/audit active orders-db` only access that is active now\n' +
          '`/audit @ana last month`, `yesterday`, `last week` days of the calendar\n' +
          '`/audit orders-db failed` access that could not be removed; `pending`: requests that wait\n' +
          '`/audit approved by @erin` decisions of one person\n' +
          '`/audit never used` access that nobody used\n' +
          '`/audit orders-db longest`, `latest end` the same in another order\n' +
          '`/audit upcoming` access that is approved and starts later\n' +
          '`/audit report` the reports: never used, late revocations, decisions, one day, ...\n' +
          '`/audit review` access reviews: start, see, close\n' +
          '`/audit holds` legal holds: what nobody may remove\n' +
          '`/audit @ana orders-db last 30d page 2` any of these together',
      ),
      searchButton(),
      context(
        'Only you see the answer, unless you share it. Daypass records every question and every share.',
      ),
    ],
  }
}
