import { type Step, startGroupWorker } from './_group-worker.ts'

/** Workers in a process of their own, to be killed. Each has a database, and stops at another step. */
const workers: { url: string; step: Step }[] = JSON.parse(process.argv[2] ?? '[]')
for (const { url, step } of workers) await startGroupWorker(url, step, () => process.send?.(url))
process.send?.('ready')
process.once('disconnect', () => process.exit(1))
