import { startJobs } from '../../src/jobs/start-jobs.ts'
import { handlersOf, silentLog } from './_handlers.ts'
import { storedOutbox } from './_stored-outbox.ts'

/** A worker that takes up whatever it is given, says so, and never ends it: to be killed. */
const { databaseUrl, backend, timings } = JSON.parse(process.argv[2] ?? '{}')
const { outbox, clock } = await storedOutbox(databaseUrl)
const jobs = startJobs({
  backend,
  role: 'worker',
  outbox,
  clock,
  handlers: handlersOf((_effect, entry) => {
    process.send?.(`took ${entry.id}`)
    return new Promise(() => {})
  }),
  log: silentLog,
  timings,
})
while (!(await jobs.health()).ok);
process.send?.('ready')
process.once('disconnect', () => process.exit(1))
