import type { ReadyRun, RunResult } from '../../../domain/connector.ts'
import type { Ports } from '../../../domain/ports.ts'

const beatEveryMs = 2_000

/** Executes it, and tells all the while that this process is alive. Stops it when somebody asks for that. Never rejects. */
export async function execute(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  runId: string,
  ready: ReadyRun,
): Promise<RunResult> {
  const stop = new AbortController()
  let isOver = false
  const beat = async () => {
    if (isOver) return
    try {
      if (await store.transaction((tx) => tx.runs.beat(runId, clock.now()))) stop.abort()
    } catch {
      // The next one may succeed. Without any, another process asks the target what became of the run.
    }
    if (!isOver) timer = setTimeout(beatLater, beatEveryMs)
  }
  let beating = Promise.resolve()
  const beatLater = () => {
    beating = beat()
  }
  let timer = setTimeout(beatLater, beatEveryMs)
  try {
    return await ready.execute(stop.signal)
  } catch (error) {
    const message = `It failed in a way that nobody foresaw (${error instanceof Error ? error.name : typeof error}).`
    return { kind: 'unknown', code: 'unexpected', message }
  } finally {
    isOver = true
    clearTimeout(timer)
    // Nothing of it goes on when its caller believes it over.
    await beating
  }
}
