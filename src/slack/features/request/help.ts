import { context, type MessageContent, section } from '../../kit/blocks.ts'

/** What `/request-access help` says. */
export function requestHelp(): MessageContent {
  const text = 'Ask for access: for a limited time, to exactly what you need.'
  return {
    text,
    blocks: [
      section(text),
      section(
        '`/request-access` opens the form.\n' +
          '`/request-access orders-db read-orders for 2h because fixing INC-42` asks in one line: ' +
          'first the system, then what you need there.\n' +
          '• `for 2h` how long: `45m`, `8h`, `1h30m`. Without it you get the usual time.\n' +
          '• `ticket OPS-12` a ticket, where one is wanted.\n' +
          '• `because …` why; everything after it is the reason, so it comes last.',
      ),
      context(
        'If something is missing or wrong, the form opens with what you typed. Time starts when access is open, not when you ask.',
      ),
    ],
  }
}
