import { context, type MessageContent, section } from '../../kit/blocks.ts'

/** The answer to `/revoke help`. */
export function revokeHelp(): MessageContent {
  const text = 'Take access back at once, or freeze it. Each opens a form first, which says what will happen.'
  const lines = [
    '`/revoke @carla because …`: all access of a person',
    '`/revoke orders-db because …`: all access to a system',
    '`/revoke everything because …`: all access of everybody',
    '`/revoke AR-1042 because …`: the access of one request, or its run',
    '`/revoke freeze orders-db for 4h because …`: nothing is granted there. Also `@carla`, `everything`; `until 2026-12-24`',
    '`/revoke freezes`: what is frozen now',
    '`/revoke lift orders-db`: lifts a freeze',
  ]
  return {
    text,
    blocks: [
      section(`*${text}*`),
      section(lines.join('\n')),
      context(
        'Security leads may do all of this. Approvers of a system may revoke and freeze that system. Security leads lift freezes.',
      ),
    ],
  }
}
