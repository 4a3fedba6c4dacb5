import type { KnownBlock } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { messageProblems, optionProblems, viewProblems } from './blocks.ts'

const t = (text: string) => ({ type: 'plain_text' as const, text })
const m = (text: string) => ({ type: 'mrkdwn' as const, text })
const button = { type: 'button' as const, action_id: 'go', text: t('Go'), value: 'v' }
const rich = { type: 'rich_text_section' as const, elements: [{ type: 'text' as const, text: 'x' }] }
const image = { type: 'image' as const, image_url: 'https://x.test/a.png', alt_text: 'x' }
const options = [{ text: t('a'), value: 'a' }]

/** One of each block as the official types write it, and where Slack takes it. */
const BLOCKS: Record<string, { block: KnownBlock; on: string }> = {
  actions: {
    block: {
      type: 'actions',
      elements: [
        {
          ...button,
          style: 'danger',
          confirm: { title: t('Sure?'), text: m('*Really*'), confirm: t('Yes'), deny: t('No') },
        },
        { type: 'static_select', action_id: 's', options, placeholder: t('Pick') },
        { type: 'overflow', action_id: 'o', options },
        { type: 'datepicker', action_id: 'd', initial_date: '2030-01-01' },
        { type: 'timepicker', action_id: 't', initial_time: '10:00', timezone: 'Europe/Berlin' },
        { type: 'datetimepicker', action_id: 'dt', initial_date_time: 1893456000 },
        { type: 'users_select', action_id: 'u' },
        { type: 'external_select', action_id: 'e', min_query_length: 0 },
        {
          type: 'checkboxes',
          action_id: 'c',
          options: [{ text: m('*a*'), value: 'a', description: t('b') }],
        },
        { type: 'radio_buttons', action_id: 'r', options },
      ],
    },
    on: 'message modal home',
  },
  alert: { block: { type: 'alert', text: t('Mind'), level: 'warning' }, on: 'modal' },
  card: { block: { type: 'card', title: m('x'), body: m('y'), actions: [button] }, on: 'message home' },
  carousel: { block: { type: 'carousel', elements: [{ type: 'card', title: m('x') }] }, on: 'message home' },
  container: {
    block: { type: 'container', title: t('x'), child_blocks: [{ type: 'divider' }], is_collapsible: true },
    on: 'message home',
  },
  context: { block: { type: 'context', elements: [m('x'), image] }, on: 'message modal home' },
  data_table: {
    block: {
      type: 'data_table',
      caption: 'Grants',
      page_size: 10,
      row_header_column_index: 0,
      rows: [
        [
          { type: 'raw_text', text: 'who' },
          { type: 'raw_text', text: 'n' },
        ],
        [
          { type: 'rich_text', elements: [rich] },
          { type: 'raw_number', value: 3, text: '3' },
        ],
      ],
    },
    on: 'message',
  },
  divider: { block: { type: 'divider', block_id: 'd' }, on: 'message modal home' },
  header: { block: { type: 'header', text: t('x') }, on: 'message modal home' },
  image: { block: { ...image, title: t('x') }, on: 'message modal home' },
  input: {
    block: {
      type: 'input',
      label: t('x'),
      hint: t('y'),
      dispatch_action: true,
      element: { type: 'plain_text_input', action_id: 'a', multiline: true, max_length: 3000 },
    },
    on: 'message modal home',
  },
  markdown: { block: { type: 'markdown', text: '# x' }, on: 'message' },
  rich_text: {
    block: {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'x', style: { bold: true } },
            { type: 'user', user_id: 'U1' },
            { type: 'date', timestamp: 1, format: '{date_short}', fallback: 'y' },
          ],
        },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: 'q' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'p' }] },
        { type: 'rich_text_list', style: 'bullet', elements: [rich] },
      ],
    },
    on: 'message modal home',
  },
  section: {
    block: { type: 'section', text: m('x'), fields: [m('a'), t('b')], accessory: button },
    on: 'message modal home',
  },
  table: {
    block: {
      type: 'table',
      rows: [[{ type: 'raw_text', text: 'x' }]],
      column_settings: [{ align: 'right', is_wrapped: true }],
    },
    on: 'message',
  },
}

describe.each(Object.entries(BLOCKS))('a %s block', (_type, { block, on }) => {
  it(`is taken on ${on}, and nowhere else`, () => {
    const submit = { submit: t('Go') }
    const taken = {
      message: messageProblems([block]),
      modal: viewProblems({ type: 'modal', title: t('x'), ...submit, blocks: [block] }, 'modal'),
      home: viewProblems({ type: 'home', blocks: [block] }, 'home'),
    }
    const where = Object.entries(taken).filter(([, problems]) => problems.length === 0)
    expect(where.map(([surface]) => surface).join(' ')).toBe(on)
  })

  it('is refused with a field that it does not have', () => {
    expect(messageProblems([{ ...block, colour: 'red' }])).toContain(
      'unsupported field: colour [json-pointer:/blocks/0]',
    )
  })
})

describe('rules of a whole payload', () => {
  const cell = (text: string) => ({ type: 'raw_text', text })
  const table = (rows: unknown[][], patch = {}) => ({ type: 'data_table', caption: 'c', rows, ...patch })

  it.each([
    ['uneven rows', table([[cell('a')], [cell('a'), cell('b')]]), 'rows must be of equal length'],
    [
      'rich text in the header row',
      table([[{ type: 'rich_text', elements: [rich] }], [cell('a')]]),
      'header cells cannot be rich_text',
    ],
    [
      'a header column that is not there',
      table([[cell('a')], [cell('b')]], { row_header_column_index: 1 }),
      'must name a column',
    ],
    ['a table without rows', table([[cell('a')]]), 'no fewer than 2 items allowed'],
    [
      'a file input',
      { type: 'input', label: t('x'), element: { type: 'file_input' } },
      'file_input only in modals',
    ],
    [
      'number bounds the wrong way round',
      {
        type: 'input',
        label: t('x'),
        element: { type: 'number_input', is_decimal_allowed: false, min_value: '3', max_value: '1' },
      },
      'min_value must not exceed max_value',
    ],
    [
      'a response_url outside a modal',
      { type: 'actions', elements: [{ type: 'channels_select', response_url_enabled: true }] },
      'response_url_enabled not allowed here',
    ],
  ])('refuse %s', (_name, block, problem) => {
    expect(messageProblems([block]).join()).toContain(problem)
  })

  it('count markdown, charts and plans over all blocks', () => {
    const markdown = { type: 'markdown', text: 'x'.repeat(7000) }
    expect(messageProblems([markdown])).toEqual([])
    expect(messageProblems([markdown, markdown]).join()).toContain('12000')
  })
})

describe('options', () => {
  it('are taken up to a hundred, flat or in groups', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ text: t(`${i}`), value: `${i}` }))
    expect(optionProblems(many, undefined)).toEqual([])
    expect(optionProblems([], undefined)).toEqual([])
    expect(optionProblems(undefined, [{ label: t('g'), options: many }])).toEqual([])
    expect(optionProblems([...many, ...many], undefined)).toEqual([
      'no more than 100 items allowed [json-pointer:/options]',
    ])
    expect(optionProblems([{ text: t('x'.repeat(76)), value: 'x' }], undefined).join()).toContain(
      '75 characters',
    )
  })
})
