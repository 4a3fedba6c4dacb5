import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))

/**
 * Builds the page, unless this build exists. Answers its folder, `dist/<hash of the sources>`: a page is never older than
 * its sources. Several processes may build at once: each renames a complete build into place.
 */
export async function buildPage(): Promise<string> {
  const dist = join(root, 'dist')
  const folder = join(dist, sourcesHash())
  if (existsSync(folder)) return folder
  await mkdir(dist, { recursive: true })
  const fresh = await mkdtemp(join(dist, 'building-'))
  try {
    await bundle(fresh)
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return folder
}

async function bundle(outDir: string): Promise<void> {
  const { build } = await import('vite')
  await build({
    root,
    configFile: false,
    envFile: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // These browsers have light-dark(), so that the bundler does not replace it.
    build: { outDir, target: 'es2023', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  })
}

function sourcesHash(): string {
  const hash = createHash('sha256')
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
  const others = [join(root, 'index.html'), fileURLToPath(import.meta.url), join(root, '../json.ts')]
  for (const file of [...sources.sort(), ...others]) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${await buildPage()}\n`)
}
