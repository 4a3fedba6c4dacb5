import { expect, it } from 'vitest'
import { plainText } from './plain-text.ts'

it('reads blocks as a person does', () => {
  const t = (text: string) => ({ type: 'plain_text', text })
  const m = (text: string) => ({ type: 'mrkdwn', text })
  expect(
    plainText([
      { type: 'header', text: t('Access & more') },
      {
        type: 'section',
        text: m('For <@U1> until <!date^1^{time}|noon> &lt;b&gt;'),
        fields: [m('*a*'), t('b')],
      },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: t('Approve') },
          { type: 'static_select', placeholder: t('Pick') },
        ],
      },
      { type: 'divider' },
      {
        type: 'data_table',
        caption: 'Grants',
        rows: [[{ type: 'raw_text', text: 'who' }], [{ type: 'raw_number', value: 3 }]],
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'typed <!here> by ' },
              { type: 'user', user_id: 'U1' },
            ],
          },
        ],
      },
      { type: 'input', label: t('Why'), hint: t('Be clear'), element: { type: 'plain_text_input' } },
      { type: 'context', elements: [m('see <https://x.test|here>')] },
    ]),
  ).toBe(
    [
      'Access & more',
      'For @U1 until noon <b>\n*a*\nb',
      '[Approve] [Pick]',
      '---',
      'Grants\nwho\n3',
      'typed <!here> by @U1',
      'Why: ____ (Be clear)',
      'see here (https://x.test)',
    ].join('\n'),
  )
})
