import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
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
    ...{ to: null, userId: null, resourceId: 'orders-db', requestNumber: null, reviewNumber: null },
    now: new Date('2026-11-22T09:00:00Z'),
  },
  resourceNames: null,
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
