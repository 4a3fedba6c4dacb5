import { existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core'
import { vi } from 'vitest'

// One test draws many pages and inspects each of them, on two cores that it shares with other tests.
vi.setConfig({ testTimeout: 90_000 })

const artifacts = join(process.cwd(), 'artifacts')
const screenshots = join(artifacts, 'screenshots')
const STALE_MS = 60_000

/**
 * Chromium from an npm package, so that nothing needs to be installed. The package is for Linux on x64. Elsewhere it is the
 * installed Chrome.
 */
export async function startBrowser(): Promise<Browser> {
  mkdirSync(screenshots, { recursive: true })
  if (process.platform !== 'linux' || process.arch !== 'x64') return playwright.launch({ channel: 'chrome' })
  return playwright.launch({
    executablePath: await unpacked(),
    args: [
      '--headless=shell',
      // Chromium's sandbox does not work as root, nor in most containers. Only our own page is opened here.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--font-render-hinting=none',
    ],
    env: { ...process.env, FONTCONFIG_FILE: fonts() },
  })
}

/** The package unpacks itself on first use; only one process may do so at a time. */
async function unpacked(): Promise<string> {
  const lock = join(tmpdir(), 'daypass-chromium.lock')
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > STALE_MS) rmdirSync(lock)
      await delay(100)
    }
  }
  try {
    return await chromium.executablePath()
  } finally {
    rmdirSync(lock)
  }
}

/** The fonts of the package, before those of the machine: screenshots look the same everywhere. */
function fonts(): string {
  const file = join(artifacts, 'fonts.conf')
  const prefer = ['system-ui', 'sans-serif']
    .map(
      (name) =>
        `<alias binding="strong"><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
    )
    .join('')
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(tmpdir(), 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(tmpdir(), 'daypass-fonts')}</cachedir>
${prefer}</fontconfig>`,
  )
  return file
}

export interface Look {
  width?: 1280 | 390
  colours?: 'light' | 'dark'
}

/** Opens a window as one person, with storage of its own. */
export async function windowAs(
  browser: Browser,
  {
    url,
    user,
    channel,
    width = 1280,
    colours = 'light',
  }: Look & { url: string; user: string; channel?: string },
): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 800 },
    colorScheme: colours,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(`${url}/?as=${user}${channel ? `&channel=${channel}` : ''}`)
  await page.getByRole('button', { name: /^You are/ }).waitFor()
  return page
}

export async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' })
}
