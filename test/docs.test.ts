import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createMetrics } from '../src/metrics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Packages, output, hidden folders, and texts of Slack that are kept as they are. */
const skipped = /^(node_modules|artifacts|dist|slack-data|\..*)$/

const documents = [...documentsIn(root), ...documentsIn(join(root, '.github'))].map((path) => {
  const text = readFileSync(path, 'utf8')
  return { path, name: relative(root, path), text, prose: withoutCodeBlocks(text) }
})

it('every document is looked at', () => {
  const names = documents.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['README.md', 'docs/glossary.md', 'docs/adr/README.md']))
})

it('every relative link leads to a file, and to a heading that it has', () => {
  const broken = documents.flatMap(({ path, name, prose }) =>
    linksOf(prose)
      .filter((link) => !leadsSomewhere(path, link))
      .map((link) => `${name}: ${link}`),
  )
  expect(broken).toEqual([])
})

it('every path of src and test that a document names exists', () => {
  const missing = documents.flatMap(({ name, prose }) =>
    pathsOf(prose)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${name}: ${path}`),
  )
  expect(missing).toEqual([])
})

it.each(['docs/configuration.md', '.env.example'])('%s names every environment variable', (file) => {
  const text = readFileSync(join(root, file), 'utf8')
  expect(variables().filter((variable) => !text.includes(variable))).toEqual([])
})

it('docs/operating.md names every metric of ours', () => {
  const text = readFileSync(join(root, 'docs/operating.md'), 'utf8')
  const names = metrics()
  expect(names).toContain('daypass_outbox_overdue')
  expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([])
})

function documentsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.test(entry.name) ? [] : documentsIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

function withoutCodeBlocks(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, '')
}

/** Targets of links and images, besides those of other sites. */
function linksOf(prose: string): string[] {
  const links = [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].flatMap(([, link]) => link ?? [])
  return links.filter((link) => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? from : join(dirname(from), file)
  if (!existsSync(target)) return false
  return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const headings = [...withoutCodeBlocks(text).matchAll(/^#+ (.*)$/gm)].flatMap(
    ([, heading]) => heading ?? [],
  )
  return headings.map((heading) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Paths in backticks. One with a placeholder (`<kind>`, `*`) does not match. */
function pathsOf(prose: string): string[] {
  return [...prose.matchAll(/`((?:src|test)\/[\w./-]*)`/g)].flatMap(([, path]) => path ?? [])
}

/** The keys of the schema in `src/config.ts`. */
function variables(): string[] {
  const source = readFileSync(join(root, 'src/config.ts'), 'utf8')
  const names = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): optional\(/gm)].flatMap(([, name]) => name ?? [])
  expect(names).toContain('DATABASE_URL')
  return names
}

function metrics(): string[] {
  const { registry } = createMetrics({
    outbox: { backlog: async () => ({ overdue: 0, oldestDueAt: null }) },
    clock: { now: () => new Date(0) },
    faults: async () => ({ failedRevocations: 0, undeliveredMessages: 0 }),
    streams: async () => [],
    rules: { version: () => ({ catalog: '', policies: '' }), refused: () => null },
  })
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  return names.filter((name) => name.startsWith('daypass_'))
}
