import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { boardReport } from '../../src/db/reports/board.ts'
import type { Chart } from '../../src/domain/chart.ts'
import type { MadeReport } from '../../src/domain/report.ts'
import { reportFormats } from '../../src/report-formats.ts'
import { seriousProblems } from './_axe.ts'
import { startBrowser } from './_browser.ts'

const report: MadeReport = {
  kind: {
    name: 'revocations',
    title: 'Late and failed revocations',
    about: 'Access that was still there 60 seconds after its end was due, the longest delay first.',
    parameters: ['from', 'to'],
    required: [],
    layout: 'table',
    columns: [
      { key: 'request', title: 'Request', kind: 'text' },
      { key: 'person', title: 'Person', kind: 'text' },
      { key: 'dueAt', title: 'Due', kind: 'instant' },
      { key: 'goneAt', title: 'Gone', kind: 'instant' },
      { key: 'secondsOver', title: 'Seconds over', kind: 'number' },
      { key: 'failure', title: 'Last failure', kind: 'text' },
    ],
  },
  about: {
    from: new Date('2026-09-01T00:00:00Z'),
    ...{
      to: null,
      userId: null,
      resourceId: 'orders-db',
      requestNumber: null,
      reviewNumber: null,
      entitlementId: null,
      approverUserId: null,
      state: null,
      order: null,
    },
    now: new Date('2026-11-22T09:00:00Z'),
  },
  resourceNames: null,
  charts: [],
}

it('a report as a page is readable, in light and dark, and runs nothing', async () => {
  const out = new PassThrough()
  const written = text(out)
  const writer = reportFormats.html(report, out)
  await writer.rows(
    Array.from({ length: 40 }, (_, number) => ({
      request: `AR-${1_000 + number}`,
      person: `Carla <script>alert(1)</script> Mendes`,
      dueAt: new Date('2026-11-01T15:00:00Z'),
      goneAt: number === 0 ? null : new Date('2026-11-01T15:10:00Z'),
      secondsOver: 6_012.345 - number,
      failure:
        number % 3 === 0
          ? 'orders-db: the database is slow or unreachable. Given up after 18 seconds.'
          : null,
    })),
  )
  await writer.end()
  out.end()
  const page = await written
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  for (const colorScheme of ['light', 'dark'] as const) {
    const tab = await browser.newPage({ colorScheme, viewport: { width: 1_200, height: 800 } })
    const said: string[] = []
    tab.on('dialog', (dialog) => said.push(dialog.message()))
    await tab.setContent(page)
    await tab.screenshot({ path: `artifacts/screenshots/report-${colorScheme}.png` })
    expect(await tab.locator('tbody tr').count()).toBe(40)
    expect(await tab.locator('tbody td').nth(1).textContent()).toBe('Carla <script>alert(1)</script> Mendes')
    expect(await tab.locator('footer').textContent()).toBe(
      '40 rows. Made by Daypass, 2026-11-22 09:00:00 UTC. All times are in UTC.',
    )
    expect(said).toEqual([])
    expect(await seriousProblems(tab)).toEqual([])
    await tab.close()
  }
})

it('a page for a board shows figures and charts, on a desk, on a phone and on paper', async () => {
  const places = Array.from(
    { length: 26 },
    (_, week) => `2026-${String(1 + Math.floor(week / 4)).padStart(2, '0')}-07`,
  )
  const weeks: Chart = {
    ...{
      name: 'summary',
      title: 'Requests by week',
      words: 'Requests by week: 52 approved.',
      form: 'columns',
    },
    ...{ unit: 'requests', along: 'week of', places },
    series: [
      { name: 'approved', tone: 'main', values: places.map(() => 2) },
      { name: 'denied', tone: 'bad', values: places.map((_, week) => week % 3) },
    ],
  }
  const times: Chart = { ...weeks, form: 'rows', places: ['1 minute', 'over 1 minute'] }
  const out = new PassThrough()
  const written = text(out)
  const { query: _, ...kind } = boardReport
  const writer = reportFormats.html({ ...report, kind, charts: [weeks, times] }, out)
  await writer.rows([
    { section: 'Access', figure: 'Requests', value: 1_234, unit: null, note: null, at: null },
    { section: 'Who approves', figure: 'Most', value: 20.5, unit: '%', note: '<b>dana</b>', at: null },
  ])
  await writer.end()
  out.end()
  const page = await written
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@import/)
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  for (const width of [1_280, 390]) {
    const tab = await browser.newPage({
      colorScheme: width === 390 ? 'dark' : 'light',
      viewport: { width, height: 900 },
    })
    await tab.setContent(page)
    expect(await tab.locator('dd').allTextContents()).toEqual(['1,234', '20.5 %<b>dana</b>'])
    // One of the two widths of each chart, and as wide as there is room.
    const shown = await tab.getByRole('img', { name: 'Requests by week: 52 approved.' }).all()
    expect(shown).toHaveLength(2)
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width)
    await tab.locator('summary').first().click()
    expect(await tab.locator('details tbody tr').first().textContent()).toBe('2026-01-0720')
    expect(await seriousProblems(tab)).toEqual([])
    await tab.screenshot({ path: `artifacts/screenshots/board-${width}.png`, fullPage: true })
    await tab.emulateMedia({ media: 'print' })
    expect(await tab.locator('summary').first().isVisible()).toBe(false)
    await tab.close()
  }
})
