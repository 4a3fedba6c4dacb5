import { afterAll, beforeAll, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { ActivityLook } from '../../src/domain/activity.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let reference: string

/** A lease whose target shows what its holder did has ended. */
beforeAll(async () => {
  workspace = await openWorkspace()
  const { clock, target } = workspace.world
  const look = (): ActivityLook => ({
    ...{ at: clock.now(), unit: 'statement', lastUsedAt: clock.now(), isCounted: true, refused: 0 },
    sessions: [{ id: '1', address: '10.0.0.7', openedAt: clock.now() }],
    operations: [
      { text: 'select <!channel> from orders', kind: 'read', objects: ['orders'], count: 11, rows: 340 },
      { text: 'select ? from lines', kind: 'read', objects: ['lines'], count: 1, rows: 0 },
    ],
    limits: ['Not *all* is seen.'],
  })
  Object.assign(target.connector, { activity: async (orders: readonly unknown[]) => orders.map(look) })
  const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
  const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  reference = /AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? ''
  await workspace.settle()
  const [card] = await workspace.as('U0DANA').messages('C0ORDERS')
  const message = { channel: 'C0ORDERS', ts: card?.ts ?? '' }
  await workspace.as('U0DANA').press('daypass.approve', { message })
  await workspace.settle()
  clock.advance(3_600)
  await workspace.settle()
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

async function audit(text: string, userId = 'U0LEAD'): Promise<string> {
  const { response } = await workspace.as(userId).command('/audit', text, { channel: 'C0LOBBY' })
  return plainText(response?.blocks ?? [])
}

it('the end message to the owners says in one line what was done', async () => {
  const messages = await workspace.as('U0DANA').messages('C0ORDERS')
  const texts = messages.filter(({ threadTs }) => threadTs).map(({ blocks }) => plainText(blocks ?? []))
  expect(texts.find((text) => text.includes('The lease ended'))).toMatch(
    /What was done:\* 12 statements on 2 tables, 340 rows read; last at /,
  )
})

it('the history of the request shows it, with the statements as plain text', async () => {
  const text = await audit(reference)
  expect(text).toMatch(
    /12 statements on 2 tables, 340 rows read; last at .*\n1 session was seen, from `10\.0\.0\.7`/,
  )
  expect(text).toContain('11×, 340 rows: select <!channel> from orders')
  expect(text).toContain('grant activity recorded')
})

it('/audit report lists the reports, and answers in a list and in a table', async () => {
  expect(await audit('report')).toMatch(/\/audit report never-used.*\n/)
  expect(await audit('report removed last 7d orders-db')).toMatch(
    new RegExp(
      `Temporary accounts and access removed on .orders-db. from .* 1 row[^]*${reference} · carl · U0CARL`,
    ),
  )
  await workspace.as('U0LEAD').press('daypass.audit.report.table')
  const seen = async () => plainText((await workspace.as('U0LEAD').messages('C0LOBBY')).at(-1)?.blocks ?? [])
  await workspace.client.waitFor(async () => /times in Europe\/Lisbon/.test(await seen()), {
    what: 'a table',
  })
  expect(await seen()).toMatch(/^Removed \| Request \| Person/m)
  await workspace.as('U0LEAD').press('daypass.audit.report.list')
  await workspace.client.waitFor(async () => /1 row/.test(await seen()), { what: 'a list' })
})

it('a person, a day and a request are read from the line, and what is wrong is said', async () => {
  expect(await audit('report approver @dana')).toContain('1 row')
  expect(await audit('report held-on 2026-11-22')).toContain(reference)
  expect(await audit(`report activity ${reference}`)).toContain('select ? from lines')
  expect(await audit('report never-used')).toContain('Nothing on record.')
  expect(await audit('report nevr-used')).toContain('Did you mean never-used?')
  expect(await audit('report held-on')).toContain('needs a day')
  expect(await audit('report approver @nobody')).toContain('pick the person from the list')
  expect(await audit('report removed last')).toContain('Write a value after `last`')
  expect(await audit('report active', 'U0CARL')).toMatch(/^⛔/)
})

it('a report with a chart sends it as an image that says its figures, and a board gets a page', {
  timeout: 120_000,
}, async () => {
  expect(await audit('report summary last 7d')).toContain('The chart follows as a direct message.')
  const file = (name: string) =>
    workspace.client.waitFor(
      async () => {
        const messages = await workspace.as('U0LEAD').directMessages()
        return messages.flatMap(({ files = [] }) => files).find((one) => one.name === name)
      },
      // Drawn in a thread, which takes long where all processors are busy.
      { what: name, timeoutMs: 60_000 },
    )
  const chart = await file('summary-2026-11-22.png')
  expect(chart).toMatchObject({
    altText: expect.stringContaining('In all: 1 approved.'),
  })
  const image = Buffer.from(await (await fetch(chart.url)).arrayBuffer())
  expect(image.subarray(1, 4).toString()).toBe('PNG')
  expect(image.readUInt32BE(16)).toBe(1520)

  expect(await audit('report board last 7d')).toMatch(/Access\*?\nRequests: \*1\*\nApproved: \*1\*/)
  await workspace.as('U0LEAD').press('daypass.audit.report.download')
  const page = await file('board-2026-11-22.html')
  const html = await (await fetch(page.url)).text()
  expect(html).toContain('<dt>Leases that began</dt><dd><strong>1</strong>')
})
