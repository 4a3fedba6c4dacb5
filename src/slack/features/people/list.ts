import type { Button, KnownBlock } from '@slack/types'
import { differenceInDays } from 'date-fns/differenceInDays'
import type { ContractorChange } from '../../../domain/policy.ts'
import type { ContractorList, ManagedContractor } from '../../../usecases/people/list-contractors.ts'
import { refusedSentence } from '../../kit/answers.ts'
import {
  actions,
  button,
  context,
  header,
  type MessageContent,
  section,
  textMessage,
} from '../../kit/blocks.ts'
import { code, countOf, inline, mention, moment, plain } from '../../kit/text.ts'
import { peopleActionIds } from './ids.ts'
import { listValue, menuValue } from './values.ts'

/** The answer to `/contractors`. At most 8 contractors a page, so that it fits a message. */
export function contractorsMessage(list: ContractorList, now: Date): MessageContent {
  const { contractors, scope, total, page, pageCount, mayAdd, maySeeAll } = list
  if (!mayAdd && !maySeeAll && total === 0) return textMessage(refusedSentence(list.policy))
  const title = scope === 'all' ? 'All contractors' : 'Contractors whom you sponsor'
  const pages = pageCount > 1 ? `, page ${page} of ${pageCount}` : ''
  const count = `${countOf(total, 'open engagement')}${pages}. The first to end comes first.`
  return {
    text: `${title}: ${countOf(total, 'open engagement')}`,
    blocks: [
      header(title),
      ...(total === 0 ? [section('There is none.')] : [context(count)]),
      ...contractors.map((contractor) => contractorBlock(contractor, now)),
      actions(...buttons(list)),
      context('Only you see this. Everything that you change here is recorded.'),
    ],
  }
}

function contractorBlock(contractor: ManagedContractor, now: Date): KnownBlock {
  const { engagement, contractor: account, identities, may } = contractor
  const { company, endsAt, sponsor, tags, id } = engagement
  const days = differenceInDays(endsAt, now)
  const urgent = days < 7 ? ' ⏳' : ''
  const lines = [
    `${mention(account.userId)} · *${inline(company, 80)}*`,
    `Ends ${moment(endsAt)}, in ${countOf(days, 'day')}${urgent}`,
    sponsor.isActive
      ? `Sponsor ${mention(sponsor.userId)}`
      : `⚠️ The sponsor ${inline(sponsor.displayName, 60)} has left: nothing is allowed until somebody takes over`,
    ...(tags.length > 0 ? [`Tags ${tags.map((tag) => code(tag)).join(' ')}`] : []),
    ...(identities.length > 0
      ? [`Logins ${identities.map(({ system, login }) => `${code(system)} ${inline(login, 60)}`).join(', ')}`]
      : []),
  ]
  const options = may.flatMap((change) => {
    const text = menuTexts[change]
    return text ? [{ text: plain(text, 75), value: menuValue(change, id) }] : []
  })
  const menu = { type: 'overflow' as const, action_id: peopleActionIds.menu, options }
  return {
    ...section(lines.join('\n')),
    block_id: `contractor-${id}`,
    ...(options.length > 0 ? { accessory: menu } : {}),
  }
}

const menuTexts: Readonly<Partial<Record<ContractorChange, string>>> = {
  extend: 'Change the end…',
  handOver: 'Hand over…',
  confirmIdentity: 'Logins…',
  end: 'End now…',
}

function buttons({ mayAdd, maySeeAll, scope, page, pageCount }: ContractorList): Button[] {
  const to = (target: number) => listValue({ scope, page: target })
  const other = scope === 'all' ? 'mine' : 'all'
  return [
    ...(page > 1 ? [button('Previous', peopleActionIds.previous, to(page - 1))] : []),
    ...(page < pageCount ? [button('Next', peopleActionIds.next, to(page + 1))] : []),
    ...(mayAdd ? [button('Add a contractor…', peopleActionIds.add, 'add', { style: 'primary' })] : []),
    button('Take over…', peopleActionIds.takeOver, 'take over'),
    ...(maySeeAll
      ? [
          button(
            other === 'all' ? 'Show all' : 'Only mine',
            peopleActionIds.scope,
            listValue({ scope: other, page: 1 }),
          ),
          button('Link two accounts…', peopleActionIds.link, 'link'),
        ]
      : []),
  ]
}
