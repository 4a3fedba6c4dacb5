import { createInterface } from 'node:readline'
import pg from 'pg'
import { printLine, printProof } from './print.ts'

/**
 * A terminal for people without `psql`: paste the connection URL of Show credentials, then type SQL. The session
 * stays open, so that one can see it end. Returns a function that closes it.
 */
export function offerTerminal(interrupted: Promise<void>): () => void {
  const input = createInterface({ input: process.stdin, output: process.stdout, prompt: '' })
  let session: pg.Client | null = null
  printLine(
    '\n  Have you been given access? Paste the Connection URL here, or use the psql line. Then type SQL, such as:',
  )
  printLine('  select id, status, total from orders;')
  // With a terminal on standard input Ctrl-C reaches readline first.
  input.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  input.on('line', (line) => {
    const text = line.trim()
    if (/^postgres(ql)?:\/\//.test(text)) void connect(text).then((opened) => (session = opened))
    else if (text !== '' && !session) printLine('  First paste a connection URL: postgresql://…')
    else if (text !== '' && session) void run(session, text)
  })
  const close = () => {
    input.close()
    session?.end().catch(() => {})
  }
  void interrupted.then(close)
  return close
}

async function connect(url: string): Promise<pg.Client | null> {
  const session = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  session.on('error', (error) => printLine(`  ✘ the session was cut: ${error.message}`))
  try {
    await session.connect()
    printProof('connected; the session stays open until somebody cuts it')
    return session
  } catch (error) {
    printLine(`  ✘ ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

async function run(session: pg.Client, sql: string): Promise<void> {
  try {
    const { rows, command } = await session.query(sql)
    if (rows.length > 0) console.table(rows.slice(0, 20))
    else printProof(`${command}: no rows`)
  } catch (error) {
    printLine(`  ✘ ${error instanceof Error ? error.message : String(error)}`)
  }
}
