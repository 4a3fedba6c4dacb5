import type { Button, HomeView, KnownBlock } from '@slack/types'
import { asksForProofs, type Catalog } from '../../../domain/catalog.ts'
import type { ContractorRow } from '../../../domain/engagement-message.ts'
import type { AuditedHome, Home, HomeList } from '../../../domain/home.ts'
import { mostCounted, type RequestHistory } from '../../../domain/request-history.ts'
import { actions, button, context, header, section } from '../../kit/blocks.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import { awayActionIds } from '../away/ids.ts'
import { passkeyActionIds } from '../step-up/ids.ts'
import { homeRequestActionId } from './ids.ts'
import {
  auditedRow,
  holdingRow,
  pastRow,
  pendingRow,
  preApprovedRow,
  reviewRow,
  taskRow,
  upcomingRow,
  waitingRow,
} from './rows.ts'

/** A view has at most 100 blocks: https://docs.slack.dev/reference/views/home-tab-views. The lists of `Home` are short enough. */
export function homeView(home: Home, catalog: Catalog): HomeView {
  const { waiting, tasks, holding, upcoming, asked, past, preApproved, contractors, audited } = home
  const hasOutput = ({ request }: RequestHistory) => home.withOutput.includes(request.id)
  const blocks: KnownBlock[] = [
    actions(
      button('Request access', homeRequestActionId, 'request', { style: 'primary' }),
      ...(asksForProofs(catalog) ? [button('Passkeys…', passkeyActionIds.open, 'passkeys')] : []),
      ...awayButtons(home),
    ),
    ...(home.awayUntil
      ? [context(`You are away until ${moment(home.awayUntil)}: reminders do not call you.`)]
      : []),
    ...engagementBlocks(home),
    ...list(
      'Waits for your decision',
      waiting,
      (row) => waitingRow(row, catalog),
      'the owners’ channels have all',
    ),
    ...list('To do by hand', tasks, taskRow, 'the channels where you are asked have all'),
    ...(holding.rows.length === 0
      ? [header('Your access'), section('You hold no access now.')]
      : list('Your access', holding, holdingRow)),
    ...list('Upcoming', upcoming, upcomingRow),
    ...list('Your requests', asked, (row) => pendingRow(row, catalog)),
    ...list('Your requests that are over', past, (row) => pastRow(row, hasOutput(row))),
    ...list('Pre-approved for you', preApproved, preApprovedRow, '`/request-access pre-approvals` lists all'),
    ...list('Your contractors', contractors, contractorRow, '`/contractors` lists all'),
    ...(audited ? auditedBlocks(audited) : []),
  ]
  return { type: 'home', callback_id: 'daypass.home', blocks }
}

function awayButtons({ decides, awayUntil }: Home): Button[] {
  if (awayUntil) return [button('I’m back', awayActionIds.back, 'back')]
  return decides ? [button('I’m away…', awayActionIds.away, 'away')] : []
}

function engagementBlocks({ engagement, account }: Home): KnownBlock[] {
  if (!engagement) {
    if (account.kind === 'employee') return []
    return [section('You have no engagement, so you cannot request access. Ask your contact in the company.')]
  }
  const { company, sponsor, startsAt, endsAt } = engagement
  const left = sponsor.isActive
    ? ''
    : ' Your sponsor has left: until somebody takes over, you cannot request access.'
  return [
    context(
      `Engagement with *${inline(company)}*, from ${moment(startsAt)} until ${moment(endsAt)}. Sponsor: ${mention(sponsor.userId)}.${left}`,
    ),
  ]
}

function auditedBlocks({ pending, live, failed, toReview }: AuditedHome): KnownBlock[] {
  const isQuiet = [pending, live, failed, toReview].every(({ rows }) => rows.length === 0)
  if (isQuiet)
    return [header('On your systems'), section('Nobody holds access, and nobody has asked for any.')]
  return [
    ...list('🚨 Access that may still be open', failed, auditedRow),
    ...list('Break-glass to review', toReview, reviewRow),
    ...list('Active on your systems', live, auditedRow),
    ...list('Pending on your systems', pending, auditedRow),
  ]
}

function list<Row>(
  title: string,
  { rows, total }: HomeList<Row>,
  render: (row: Row) => KnownBlock[],
  rest = '`/audit` lists all',
): KnownBlock[] {
  if (rows.length === 0) return []
  const isPart = total === null || total > rows.length
  return [
    header(`${title} (${total ?? `more than ${mostCounted.toLocaleString('en-US')}`})`),
    ...rows.flatMap(render),
    ...(isPart ? [context(`These are the first ${rows.length}: ${rest}.`)] : []),
  ]
}

function contractorRow({ engagement, contractor }: ContractorRow): KnownBlock[] {
  const { company, endsAt } = engagement
  return [section(`${mention(contractor.userId)} · *${inline(company)}* · until ${moment(endsAt)}`)]
}
