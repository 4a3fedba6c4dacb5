import { context, section, type Words } from './blocks.ts'

/** What `/request-access help` says. */
export function requestHelpWords(): Words {
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

/** What `/audit help` says. */
export function auditHelpWords(): Words {
  const text = 'Ask who has what, who had it, why, and who said yes.'
  return {
    text,
    blocks: [
      section(text),
      section(
        '`/audit` what is active now\n' +
          '`/audit @ana` one person (pick the name from the list that opens)\n' +
          '`/audit orders-db` one resource\n' +
          '`/audit AR-1042` one request with its whole story\n' +
          '`/audit from 2026-11-01 to 2026-11-20` days of your own calendar, both included\n' +
          '`/audit last 7d` the same, counted back from now\n' +
          '`/audit active orders-db` only what is open now\n' +
          '`/audit @ana orders-db last 30d page 2` any of these together',
      ),
      context('Only you see the answer, unless you share it. Every question and every share is on record.'),
    ],
  }
}
