import type { Button, HomeView, KnownBlock } from '@slack/types'
import { asksForProofs, type Catalog } from '../../../domain/catalog.ts'
import type { ContractorRow } from '../../../domain/engagement-message.ts'
import type { AuditedHome, Home, HomeFavourite, HomeList } from '../../../domain/home.ts'
import { mostCounted, type RequestHistory } from '../../../domain/request-history.ts'
import { actions, button, context, header, section } from '../../kit/blocks.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import { awayActionIds } from '../away/ids.ts'
import { passkeyActionIds } from '../step-up/ids.ts'
import { homeRequestActionId } from './ids.ts'
import {
  auditedRow,
  favouriteRow,
  holdingRow,
  pastRow,
  pendingRow,
  preApprovedRow,
  reviewRow,
  taskRow,
  upcomingRow,
  waitingRow,
} from './rows.ts'

/** A view has no more: https://docs.slack.dev/reference/views/home-tab-views */
const mostBlocks = 100

/** Each list is as long as all of them together permit. */
export function homeView(home: Home, catalog: Catalog): HomeView {
  let most = Math.max(1, ...listsOf(home).map(({ rows }) => rows.length))
  let blocks = blocksOf(home, catalog, most)
  while (blocks.length > mostBlocks && most > 1) {
    most -= 1
    blocks = blocksOf(home, catalog, most)
  }
  return { type: 'home', callback_id: 'daypass.home', blocks }
}

function favouritesOf({ favourites }: Home): HomeList<HomeFavourite> {
  return { rows: favourites, total: favourites.length }
}

function listsOf({ audited, ...home }: Home): HomeList<unknown>[] {
  const { waiting, tasks, holding, upcoming, asked, past, preApproved, contractors } = home
  return [
    favouritesOf({ ...home, audited }),
    waiting,
    tasks,
    holding,
    upcoming,
    asked,
    past,
    preApproved,
    contractors,
    ...Object.values(audited ?? {}),
  ]
}

/** With so many rows of each list. */
function blocksOf(home: Home, catalog: Catalog, most: number): KnownBlock[] {
  const { waiting, tasks, holding, upcoming, asked, past, preApproved, contractors, audited } = home
  const hasOutput = ({ request }: RequestHistory) => home.withOutput.includes(request.id)
  const list = <Row>(...[title, rows, render, rest]: Parameters<typeof listBlocks<Row>>) =>
    listBlocks(title, firstOf(rows, most), render, rest)
  return [
    actions(
      button('Request access', homeRequestActionId, 'request', { style: 'primary' }),
      ...(asksForProofs(catalog) ? [button('Passkeys…', passkeyActionIds.open, 'passkeys')] : []),
      ...awayButtons(home),
    ),
    ...(home.awayUntil
      ? [context(`You are away until ${moment(home.awayUntil)}: reminders do not call you.`)]
      : []),
    ...engagementBlocks(home),
    ...list('★ Favourites', favouritesOf(home), favouriteRow),
    ...list(
      'Waits for your decision',
      waiting,
      (row) => waitingRow(row, catalog),
      'the owners’ channels have all',
    ),
    ...list('To do by hand', tasks, taskRow, 'the channels where you are asked have all'),
    ...(holding.rows.length === 0
      ? [header('Your access'), section('You hold no access now.')]
      : list('Your access', holding, (row) => holdingRow(row, home.favourites))),
    ...list('Upcoming', upcoming, upcomingRow),
    ...list('Your requests', asked, (row) => pendingRow(row, catalog)),
    ...list('Your requests that are over', past, (row) => pastRow(row, hasOutput(row))),
    ...list('Pre-approved for you', preApproved, preApprovedRow, '`/request-access pre-approvals` lists all'),
    ...list('Your contractors', contractors, contractorRow, '`/contractors` lists all'),
    ...(audited ? auditedBlocks(audited, most) : []),
  ]
}

function firstOf<Row>({ rows, total }: HomeList<Row>, most: number): HomeList<Row> {
  return { rows: rows.slice(0, most), total }
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

function auditedBlocks({ pending, live, failed, toReview }: AuditedHome, most: number): KnownBlock[] {
  const isQuiet = [pending, live, failed, toReview].every(({ rows }) => rows.length === 0)
  if (isQuiet)
    return [header('On your systems'), section('Nobody holds access, and nobody has asked for any.')]
  return [
    ...listBlocks('🚨 Access that may still be open', firstOf(failed, most), auditedRow),
    ...listBlocks('Break-glass to review', firstOf(toReview, most), reviewRow),
    ...listBlocks('Active on your systems', firstOf(live, most), auditedRow),
    ...listBlocks('Pending on your systems', firstOf(pending, most), auditedRow),
  ]
}

function listBlocks<Row>(
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
