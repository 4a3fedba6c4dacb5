import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let references: string[]

beforeAll(async () => {
  workspace = await openWorkspace()
  references = []
  for (let number = 0; number < 12; number += 1) {
    const line = `orders-db read-orders for 1h because Fixing the totals, take ${number}`
    const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
    references.push(/AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? '')
  }
  await workspace.settle()
  const [card] = await workspace.as('U0DANA').messages('C0ORDERS')
  await workspace
    .as('U0DANA')
    .press('daypass.approve', { message: { channel: 'C0ORDERS', ts: card?.ts ?? '' } })
  await workspace.settle()
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

async function audit(text: string, userId = 'U0LEAD', channel = 'C0LOBBY'): Promise<string> {
  const { response } = await workspace.as(userId).command('/audit', text, { channel })
  expect(response?.response_type).toBe('ephemeral')
  return plainText(response?.blocks ?? [])
}
const lastSeen = async (userId: string, channel = 'C0LOBBY') =>
  plainText((await workspace.as(userId).messages(channel)).at(-1)?.blocks ?? [])
const sees = (userId: string, words: RegExp, channel = 'C0LOBBY') =>
  workspace.client.waitFor(async () => words.test(await lastSeen(userId, channel)), {
    what: `${userId} to see ${words}`,
  })

/** Presses, and waits until the answer in which the button stood reads differently. */
async function turn(actionId: string, words: RegExp, userId = 'U0LEAD'): Promise<string> {
  await workspace.as(userId).press(actionId)
  await sees(userId, words)
  return lastSeen(userId)
}
const kindsOfBlocks = async (userId = 'U0LEAD') =>
  ((await workspace.as(userId).messages('C0LOBBY')).at(-1)?.blocks ?? []).map(({ type }) => type)

describe('/audit as a table', () => {
  it('shows the same page in place of the list, by the clock of whoever asks', async () => {
    await audit('orders-db')
    const before = (await workspace.as('U0LEAD').messages('C0LOBBY')).length
    const text = await turn('daypass.audit.table', /times in Europe\/Lisbon/)
    expect((await workspace.as('U0LEAD').messages('C0LOBBY')).length).toBe(before)
    expect(text).toContain('12 requests · 1 to 10')
    expect(text).toContain(
      'Request | Who | Entitlement | Resource | State | Asked | Until / ended | Approved by',
    )
    expect(text).toMatch(
      /AR-\d+ \| carl \(U0CARL\) \| Read orders \| Orders database.* \| 🟡 pending \| \d{4}-\d\d-\d\d \d\d:\d\d \| – \| –/,
    )
    expect(await kindsOfBlocks()).toEqual(['section', 'data_table', 'actions'])
  })

  it('stays a table from page to page, until it is to be a list', async () => {
    await audit('orders-db')
    await turn('daypass.audit.table', /1 to 10 of 12 requests, times in/)
    const rows = async (page: Promise<string>) => (await page).match(/^AR-\d+/gm)
    expect(await rows(turn('daypass.audit.table.next', /11 to 12 of 12 requests, times in/))).toEqual([
      'AR-1002',
      'AR-1001',
    ])
    await turn('daypass.audit.table.previous', /1 to 10 of 12 requests, times in/)
    await turn('daypass.audit.list', /Times are in your own zone/)
    expect(await kindsOfBlocks()).not.toContain('data_table')
  })

  it('names who approved what is active, and until when', async () => {
    await audit('')
    expect(await turn('daypass.audit.table', /1 to 1 of 1 request, times in/)).toMatch(
      /\| 🟢 active \| \S+ \S+ \| 2026-11-22 \d\d:\d\d \| dana \(U0DANA\)$/m,
    )
  })

  it('is confined to what an approver may see, and says so', async () => {
    await audit('', 'U0ERIN')
    expect(await turn('daypass.audit.table', /times in/, 'U0ERIN')).toContain(
      'Only what you may see: Orders database',
    )
  })

  it('is refused to somebody who may not ask any more', async () => {
    await audit('', 'U0LEAD')
    await workspace.client.setUsergroupUsers('S0SECURITY', ['U0DANA'])
    try {
      await turn('daypass.audit.table', /^⛔/)
      expect(await kindsOfBlocks()).not.toContain('data_table')
    } finally {
      await workspace.client.setUsergroupUsers('S0SECURITY', ['U0LEAD'])
      await workspace.client.waitFor(async () => /Active now/.test(await audit('')), {
        what: 'a security lead',
      })
    }
  })

  it.each(['server_error', 'lost_response'] as const)(
    'is the list after all, and says why, where Slack gives it back (%s)',
    async (kind) => {
      await audit('orders-db')
      await workspace.client.fault({ method: 'response_url', kind })
      const text = await turn('daypass.audit.table', /Slack refused the table, so this is the list/)
      expect(text).toContain('12 requests · 1 to 10')
      expect(text).toContain('[As a table]')
      expect(await kindsOfBlocks()).not.toContain('data_table')
    },
  )
})

describe('/audit', () => {
  it('without a word shows what is active now', async () => {
    const text = await audit('')
    expect(text).toContain('Active now')
    expect(text).toContain('1 request')
    expect(text).toMatch(/🟢 active · since .* until .* approved by @U0DANA/)
  })

  it('shows a person, a resource, a range, page by page', async () => {
    for (const text of ['@carl', 'orders-db', 'last 7d', 'from 2026-11-01 to 2026-11-30 @carl orders-db']) {
      expect(await audit(text)).toContain('12 requests · 1 to 10')
    }
    expect(await audit('from 2026-11-01 to 2026-11-02')).toContain('Nothing on record')
    expect(await audit('page 99 orders-db')).toContain('There are only 2 pages; you asked for page 99.')
    expect(await audit('@erin')).toContain('Nothing on record')
  })

  it('turns pages in place', async () => {
    await audit('orders-db')
    await workspace.as('U0LEAD').press('daypass.audit.next')
    await sees('U0LEAD', /12 requests · 11 to 12/)
    await workspace.as('U0LEAD').press('daypass.audit.previous')
    await sees('U0LEAD', /12 requests · 1 to 10/)
  })

  it('tells the whole story of one request', async () => {
    const active = /AR-\d+/.exec(await audit(''))?.[0] ?? ''
    const text = await audit(active)
    for (const words of [
      'Fixing the totals, take',
      'request submitted',
      'decision recorded',
      'grant activated',
      'seen there',
    ]) {
      expect(text).toContain(words)
    }
    await audit('')
    await workspace.as('U0LEAD').press('daypass.audit.history')
    await sees('U0LEAD', /request submitted/)
  })

  it.each([
    ['ordrs-db', 'Did you mean `orders-db`?'],
    ['billing-of-the-moon', 'Nothing on record'],
    ['AR-999999', 'There is no request AR-999999 that you may see'],
    ['from 2026-11-20 to 2026-11-01', 'must not be after'],
    ['@nobody', 'pick the person from the list'],
    ['help', 'Ask who has what'],
  ])('answers %j with “%s”', async (text, words) => expect(await audit(text)).toContain(words))

  it.each(['U0CARL', 'U0GUEST'])('refuses %s, who may not ask', async (userId) => {
    expect(await audit('', userId)).toMatch(/^⛔ .{10,}/)
    expect(await audit(references[0] ?? '', userId)).toMatch(/^⛔/)
  })

  it('is shared in the channel on demand, and that is on record', async () => {
    await audit('', 'U0LEAD', 'C0ORDERS')
    await workspace.as('U0LEAD').press('daypass.audit.share')
    await sees('U0DANA', /Shared from `?\/audit`? by @U0LEAD/, 'C0ORDERS')
    expect(await lastSeen('U0DANA', 'C0ORDERS')).toContain('Active now')
    const rows = await workspace.world.database
      .sql`select action from audit_events where action = 'audit.shared'`
    expect(rows.length).toBe(1)
  })

  it('is shared once, however often the same click is delivered', async () => {
    await audit('', 'U0LEAD', 'C0ORDERS')
    await workspace.as('U0LEAD').press('daypass.audit.share')
    const shares = async () =>
      (await workspace.as('U0DANA').messages('C0ORDERS')).filter(({ blocks }) =>
        plainText(blocks ?? []).includes('Shared from'),
      ).length
    const recorded = async () =>
      (await workspace.world.database.sql`select from audit_events where action = 'audit.shared'`).length
    const [before, onRecord] = [await shares(), await recorded()]
    const { entries } = await workspace.client.traffic()
    const click = entries.filter(({ direction, name }) => direction === 'to_app' && name === 'block_actions')
    await workspace.client.redeliver(click.at(-1)?.id ?? '')
    await workspace.as('U0LEAD').command('/audit', 'help', { channel: 'C0LOBBY' })
    expect([await shares(), await recorded()]).toEqual([before, onRecord])
  })

  it.each([
    ['C0PARTNER', /People of another organisation read this channel/],
    ['C0HIDDEN', /I cannot see who reads this channel/],
  ])('is not shared in %s', async (channel, words) => {
    await audit('', 'U0LEAD', channel)
    await workspace.as('U0LEAD').press('daypass.audit.share')
    await sees('U0LEAD', words, channel)
  })
})

it('as a table shows a name that would mention everybody as text', async () => {
  const name = '<!channel> *D* <https://evil.test|x>'
  await workspace.client.updateUser('U0CARL', { realName: name })
  onTestFinished(() => workspace.client.updateUser('U0CARL', { realName: 'carl' }))
  await workspace.client.waitFor(
    async () => {
      // Refused, but Daypass now knows the name.
      await audit('', 'U0CARL')
      await audit('orders-db')
      return (await turn('daypass.audit.table', /times in/)).includes(`| ${name} (U0CARL) |`)
    },
    { what: 'the new name' },
  )
  const blocks = (await workspace.as('U0LEAD').messages('C0LOBBY')).at(-1)?.blocks ?? []
  expect(JSON.stringify(blocks)).toContain(`{"type":"raw_text","text":"${name} (U0CARL)"}`)
})

it('pages stay the same while a request arrives, as a list and as a table', async () => {
  const requestsIn = (text: string) => [...new Set(text.match(/AR-\d+/g))]
  const newest = requestsIn(await audit('orders-db'))
  await turn('daypass.audit.next', /11 to 12/)
  const line = 'orders-db read-orders for 1h because Fixing the totals, once more'
  await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  const back = await turn('daypass.audit.previous', /13 requests · 2 to 11/)
  expect(requestsIn(back)).toEqual(newest)
  expect(requestsIn(await turn('daypass.audit.table', /2 to 11 of 13 requests/))).toEqual(newest)
  expect(requestsIn(await turn('daypass.audit.table.previous', /1 to 10 of 13 requests/))).toHaveLength(10)
  await audit('orders-db page 9')
  expect(await turn('daypass.audit.previous', /4 to 13/)).toContain('13 requests')
})

describe('the search form', () => {
  const open = async (userId: string) => {
    await audit('', userId)
    await workspace.as(userId).press('daypass.audit.search')
  }

  it('finds requests by what somebody picks, and answers where it was opened', async () => {
    await open('U0LEAD')
    const lead = workspace.as('U0LEAD')
    expect((await lead.suggest('daypass.audit.search.resource', 'ord')).map(({ value }) => value)).toEqual([
      'orders-db',
    ])
    await lead.select('daypass.audit.search.resource', 'orders-db')
    const offered = await lead.suggest('daypass.audit.search.entitlement', '')
    expect(offered.map(({ value }) => value)).toContain('read-orders')
    await lead.submit({
      'daypass.audit.search.person': 'U0CARL',
      'daypass.audit.search.entitlement': 'read-orders',
      'daypass.audit.search.state': 'active',
      'daypass.audit.search.approver': 'U0DANA',
      'daypass.audit.search.sort': 'longest',
    })
    await sees('U0LEAD', /\*Requests of @U0CARL on `orders-db`.*\* · 1 row/)
    const seen = await lastSeen('U0LEAD')
    expect(seen).toMatch(/AR-\d+\* · carl · U0CARL · orders-db · read-orders · active/)
    expect(seen).toContain('[History]')
    await workspace.as('U0LEAD').press('daypass.audit.history')
    await sees('U0LEAD', /request submitted/)
  })

  it('says beside the field what is wrong, and that nothing was found', async () => {
    await open('U0LEAD')
    const days = { 'daypass.audit.search.from': '2026-11-20', 'daypass.audit.search.to': '2026-11-10' }
    expect(await workspace.as('U0LEAD').submit(days)).toMatchObject({
      errors: { to: 'The range ends before it begins.' },
    })
    await workspace.as('U0LEAD').submit({
      'daypass.audit.search.from': '2026-11-01',
      'daypass.audit.search.to': '2026-11-02',
    })
    await sees('U0LEAD', /Nothing on record/)
  })

  it('is answered with what its person may see', async () => {
    await open('U0ERIN')
    const seen = await workspace.as('U0ERIN').suggest('daypass.audit.search.resource', '')
    expect(seen.map(({ value }) => value)).toEqual(['orders-db'])
    await workspace.as('U0ERIN').submit({ 'daypass.audit.search.state': 'active' })
    await sees('U0ERIN', /Only what you may see: Orders database/)
  })
})

it('a list is downloaded whole, as CSV and as JSONL', async () => {
  const file = (ending: string) =>
    workspace.client.waitFor(
      async () => {
        const messages = await workspace.as('U0LEAD').directMessages()
        return messages.flatMap(({ files = [] }) => files).find(({ name }) => name.endsWith(ending))
      },
      { what: ending, timeoutMs: 20_000 },
    )
  const count = Number(/(\d+) requests/.exec(await audit('@carl orders-db last 7d'))?.[1])
  await workspace.as('U0LEAD').press('daypass.audit.download')
  const csv = await (await fetch((await file('.csv')).url)).text()
  expect(csv.trim().split('\n')).toHaveLength(count + 1)
  await audit('orders-db pending')
  await workspace.as('U0LEAD').press('daypass.audit.download.jsonl')
  const rows = (await (await fetch((await file('.jsonl')).url)).text()).trim().split('\n')
  expect(rows.map((row) => JSON.parse(row).outcome)).toEqual(Array(count - 1).fill('pending'))
})
