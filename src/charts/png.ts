import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Chart } from '../domain/chart.ts'
import { drawChart } from './draw.ts'
import { light } from './palettes.ts'

const width = 760
const longestMs = 60_000

/** Charts as PNG pictures on white, in their order. They are drawn in a thread that ends with this call. */
export async function chartImages(charts: readonly Chart[]): Promise<Buffer[]> {
  if (charts.length === 0) return []
  const pictures = charts.map((chart) =>
    drawChart(chart, { palette: light, width, titled: true, background: '#ffffff' }),
  )
  // Nothing of the options of this process: a loader of sources has nothing to do there.
  const thread = new Worker(new URL('./png-thread.mjs', import.meta.url), {
    workerData: pictures,
    execArgv: [],
  })
  try {
    // Rejects when the thread fails.
    const [images] = await once(thread, 'message', { signal: AbortSignal.timeout(longestMs) })
    return (images as Uint8Array[]).map((image) => Buffer.from(image))
  } finally {
    await thread.terminate()
  }
}
