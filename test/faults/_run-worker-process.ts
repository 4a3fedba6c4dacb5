import { type RunWorker, startRunWorker } from './_run-worker.ts'

/** Workers in a process of their own, to be killed. Each has a database and a target, and stops at another step. */
const workers: RunWorker[] = JSON.parse(process.argv[2] ?? '[]')
for (const worker of workers) await startRunWorker(worker, () => process.send?.(worker.name))
process.send?.('ready')
process.once('disconnect', () => process.exit(1))
