import type { InputBlock, InputBlockElement, ModalView, PlainTextOption } from '@slack/types'
import { type RequestOrder, type RequestState, requestOrders, requestStates } from '../../../domain/report.ts'
import { context } from '../../kit/blocks.ts'
import { plain } from '../../kit/text.ts'
import { auditViewIds, searchInputIds } from './ids.ts'

/** The form of a search. Every field may stay empty. `responseUrl`: where the answer goes. */
export function searchForm(responseUrl: string): ModalView {
  return {
    type: 'modal',
    callback_id: auditViewIds.search,
    private_metadata: responseUrl,
    title: plain('Search requests'),
    submit: plain('Search'),
    close: plain('Cancel'),
    blocks: [
      field('person', 'Whose access?', {
        type: 'users_select',
        action_id: searchInputIds.person,
        placeholder: plain('Anybody'),
      }),
      field('resource', 'To what system?', {
        type: 'external_select',
        action_id: searchInputIds.resource,
        min_query_length: 0,
        placeholder: plain('Any: type to search'),
      }),
      field('entitlement', 'What entitlement?', {
        type: 'external_select',
        action_id: searchInputIds.entitlement,
        min_query_length: 0,
        placeholder: plain('Any: type to search'),
      }),
      field('state', 'In what state?', {
        type: 'static_select',
        action_id: searchInputIds.state,
        placeholder: plain('Any'),
        options: requestStates.map((state) => option(state, states[state])),
      }),
      field('approver', 'Who decided?', {
        type: 'users_select',
        action_id: searchInputIds.approver,
        placeholder: plain('Anybody'),
      }),
      field('from', 'From what day?', { type: 'datepicker', action_id: searchInputIds.from }),
      field('to', 'To what day, included?', { type: 'datepicker', action_id: searchInputIds.to }),
      field('sort', 'In what order?', {
        type: 'static_select',
        action_id: searchInputIds.sort,
        options: requestOrders.map((order) => option(order, orders[order])),
        initial_option: option('newest', orders.newest),
      }),
      context('Only you see the answer. Daypass records every question.'),
    ],
  }
}

function field(blockId: keyof typeof searchInputIds, label: string, element: InputBlockElement): InputBlock {
  return { type: 'input', block_id: blockId, optional: true, label: plain(label), element }
}

function option(value: string, text: string): PlainTextOption {
  return { text: plain(text, 75), value }
}

const states: Readonly<Record<RequestState, string>> = {
  pending: 'Waits for a decision',
  approved: 'Approved',
  denied: 'Denied',
  cancelled: 'Cancelled',
  expired: 'Nobody decided in time',
  upcoming: 'Approved, starts later',
  active: 'Active now',
  ended: 'Ended, and seen to be gone',
  failed: 'Could not be removed',
  late: 'Was there after its end',
  'never-used': 'Ended, never used',
  'break-glass': 'Break-glass',
}

const orders: Readonly<Record<RequestOrder, string>> = {
  newest: 'Asked last',
  longest: 'Held longest',
  'latest-end': 'Latest end',
}
