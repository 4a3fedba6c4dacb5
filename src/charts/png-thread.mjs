// Draws SVG pictures as PNG in a thread of its own, because drawing takes the processor for up to a second.
// Plain JavaScript: a thread is started by its path, also where the rest runs from its source.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const require = createRequire(import.meta.url)
const [wasm, ...fontBuffers] = await Promise.all([
  readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')),
  // The fonts come with Daypass: a small machine may have none.
  readFile(require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')),
  readFile(require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf')),
])
await initWasm(wasm)

const images = workerData.map((svg) => {
  const drawing = new Resvg(svg, {
    // Sharp on dense screens.
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers, defaultFontFamily: 'Inter', loadSystemFonts: false },
  })
  return drawing.render().asPng()
})
parentPort?.postMessage(images)
