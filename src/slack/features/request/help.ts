import { context, type MessageContent, section } from '../../kit/blocks.ts'

/** The answer to `/request-access help`. */
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
          '• `for 2h` the duration: `45m`, `8h`, `1h30m`. Without it you get the default.\n' +
          '• `from tomorrow 09:00` a start later, in your own time zone: also `from 2026-12-01 09:00`, or `at 09:00` for today.\n' +
          '• `ticket OPS-12` a ticket, if the system asks for one.\n' +
          '• `because …` the reason. It comes last: everything after `because` is the reason.',
      ),
      section(
        '`/request-access orders-db refund-order order=1003 because …` asks for one exact action instead of access: a value for each of its parameters.',
      ),
      section(
        '`/request-access on-call-kit for 2h because …` asks for a bundle: several things together, each decided by its owners.',
      ),
      section(
        '`/request-access why orders-db read-orders for 2h` says what would become of it, which rules decide, and who could approve. It asks nobody.',
      ),
      section(
        '`/request-access extend AR-1042 for 1h because it takes longer` asks for more time, for access that you have now.',
      ),
      section(
        '`/request-access break-glass orders-db fix-orders because …` is for an emergency: a form says what happens, before anything happens.\n' +
          '`/request-access pre-approvals` lists what you are pre-approved for, and what you may withdraw. ' +
          '`/request-access pre-approve AR-1042` approves further requests like that one, for those who may.',
      ),
      section(
        '`/request-access link orders-db read-orders for 2h` posts a button here, for a runbook for example. It opens the form filled in, for the person who presses it.',
      ),
      context(
        'If something is missing or wrong, the form opens with what you typed. Without a planned start, the time starts when the access is active.',
      ),
    ],
  }
}
