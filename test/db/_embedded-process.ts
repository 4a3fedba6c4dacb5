import { startEmbeddedPostgres } from '../../src/db/embedded/postgres.ts'

// Starts the embedded Postgres of a folder, prints the result, and stops it on SIGTERM.
startEmbeddedPostgres(process.argv[2] ?? '').then(
  ({ url, data, stop }) => {
    process.once('SIGTERM', () => void stop().then(() => process.exit(0)))
    process.stdout.write(`${JSON.stringify({ url, data })}\n`)
    setInterval(() => {}, 60_000)
  },
  (error: unknown) => {
    process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`)
    process.exit(1)
  },
)
