import type { Json } from '../../sandbox/json.ts'
import { button, input, m, option, t } from './_page-world.ts'

const words = (text: string) => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] })
const rich = (text: string) => ({ type: 'rich_text', elements: [words(text)] })
const cell = (text: string) => ({ type: 'raw_text', text })
const options = [option('first'), option('second')]
const film = {
  type: 'video',
  alt_text: 'A film',
  title: t('A film'),
  thumbnail_url: 'https://127.0.0.1:9/a.png',
  video_url: 'https://127.0.0.1:9/a',
}

/** Messages that together hold every block and element that a message may hold; one table and one plan a message. */
export const everyBlock: Json[][] = [
  [
    { type: 'header', text: t('A header') },
    {
      type: 'section',
      text: m('A section with *bold* and `code`'),
      accessory: button('Press', { value: '1' }),
    },
    { type: 'section', fields: [m('*A field*\none'), m('*Another*\ntwo')] },
    { type: 'context', elements: [m('In context'), t('🟢 and plain')] },
    { type: 'divider' },
    {
      type: 'actions',
      elements: [
        button('Yes', { style: 'primary', value: 'y' }),
        button('No', { style: 'danger', value: 'n' }),
        { type: 'static_select', action_id: 'pick', placeholder: t('Pick one'), options },
        { type: 'datepicker', action_id: 'day' },
        { type: 'timepicker', action_id: 'hour' },
        { type: 'overflow', action_id: 'more', options },
      ],
    },
    {
      type: 'actions',
      elements: [
        { type: 'radio_buttons', action_id: 'radio', options },
        { type: 'checkboxes', action_id: 'checks', options },
      ],
    },
    input('An input'),
    {
      type: 'image',
      title: t('An image'),
      alt_text: 'What it shows',
      image_url: 'https://127.0.0.1:9/x.png',
    },
  ],
  [
    {
      type: 'rich_text',
      elements: [
        words('Rich text'),
        { type: 'rich_text_list', style: 'bullet', elements: [words('Step one'), words('Step two')] },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: 'A quote' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'psql "postgresql://..."' }] },
      ],
    },
    {
      type: 'markdown',
      text: '# Markdown\n\nSome **bold** words\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |',
    },
    {
      type: 'table',
      rows: [
        [cell('Who'), cell('What')],
        [cell('Ana'), cell('Read')],
      ],
    },
  ],
  [
    {
      type: 'data_visualization',
      title: 'Quarterly',
      chart: {
        type: 'bar',
        series: [
          {
            name: 'Hours',
            data: [
              { label: 'Q1', value: 3 },
              { label: 'Q2', value: 5 },
            ],
          },
        ],
        axis_config: { categories: ['Q1', 'Q2'] },
      },
    },
    {
      type: 'card',
      title: m('A card'),
      body: m('Its body'),
      actions: [button('On the card', { value: '1' })],
    },
    { type: 'plan', title: 'A plan', tasks: [{ task_id: 't1', title: 'A task', status: 'in_progress' }] },
    { type: 'task_card', task_id: 't2', title: 'A task alone', status: 'complete', details: rich('Details') },
    { type: 'container', title: t('A container'), child_blocks: [{ type: 'section', text: m('Inside') }] },
    film,
  ],
  [
    {
      type: 'section',
      text: m('Who else?'),
      accessory: { type: 'multi_users_select', action_id: 'people', placeholder: t('People') },
    },
    {
      type: 'carousel',
      elements: ['First', 'Second'].map((name) => ({
        type: 'card',
        title: m(`${name} in the row`),
        body: m('Its body'),
      })),
    },
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: 'feedback',
          positive_button: { text: t('Good'), value: 'good' },
          negative_button: { text: t('Bad'), value: 'bad' },
        },
      ],
    },
    {
      type: 'data_table',
      caption: 'A data table',
      page_size: 2,
      rows: [[cell('Who')], ...['Ana', 'Bo', 'Cy'].map((name) => [cell(name)])],
    },
  ],
]
