import { startJobs } from '../../src/jobs/start-jobs.ts'
import { effectsThat, silentLog } from './_effects.ts'
import { storedOutbox } from './_stored-outbox.ts'

/** A worker that takes up whatever it is given, says so, and never ends it: to be killed. */
const { databaseUrl, backend, timings } = JSON.parse(process.argv[2] ?? '{}')
const { outbox, clock } = await storedOutbox(databaseUrl)
const jobs = startJobs({
  backend,
  role: 'worker',
  outbox,
  clock,
  effects: effectsThat((batch) =>
    batch.map(() => {
      process.send?.('took one')
      return new Promise(() => {})
    }),
  ),
  log: silentLog,
  timings,
})
while (!(await jobs.health()).ok);
process.send?.('ready')
process.once('disconnect', () => process.exit(1))
