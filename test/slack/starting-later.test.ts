import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { refreshHomes } from '../../src/usecases/home/publish-home.ts'
import { offer } from '../_offer.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeEach(async () => {
  workspace = await openWorkspace()
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

// It is 2026-11-22 09:00 in Lisbon, where Carl is.
const tomorrow = new Date('2026-11-23T09:00:00Z')
const unix = (at: Date) => String(at.getTime() / 1000)
const carl = () => workspace.as('U0CARL')
const read = (message: VisibleMessage) => plainText(message.blocks ?? []).replaceAll('*', '')
const told = async () => (await carl().directMessages()).map(read)
const line = (text: string) => carl().command('/request-access', text, { channel: 'C0LOBBY' })
const whispered = async (userId = 'U0CARL', channel = 'C0LOBBY') =>
  (await workspace.as(userId).messages(channel))
    .filter(({ ephemeral }) => ephemeral)
    .map(read)
    .join('\n')
const card = async () => {
  const posts = await workspace.as('U0DANA').messages('C0ORDERS')
  const found = posts.findLast(({ threadTs, ephemeral }) => !threadTs && !ephemeral)
  return found ? read(found) : ''
}
const sees = (words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await carl().view()
      return view && words.test(plainText(view.blocks)) ? view : undefined
    },
    { what: `the form to say ${words}` },
  )
async function approved(): Promise<void> {
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
}
const grant = async () => (await workspace.world.ports.store.histories.byReference('AR-1001'))?.grant

describe('a start later', () => {
  it('is picked in the form, shown to the owners, upcoming in the Home tab and in /audit, and cancelled', async () => {
    await line('')
    await sees(/What system/)
    await carl().select('daypass.form.resource', 'orders-db')
    await sees(/What do you need there/)
    await carl().select('daypass.form.entitlement', 'read-orders')
    await sees(/With a start, the time counts from there/)
    const fields = {
      'daypass.form.duration': '2h',
      'daypass.form.justification': 'Fixing the totals of INC-42',
    }
    const past = unix(new Date('2026-11-22T08:00:00Z'))
    const refused = await carl().submit({ ...fields, 'daypass.form.start': past })
    expect(Object.values(refused.errors ?? {}).join()).toContain('2026-11-22 08:00 is in the past')
    expect(await carl().submit({ ...fields, 'daypass.form.start': unix(tomorrow) })).toMatchObject({
      ok: true,
    })
    await workspace.settle()
    expect(await card()).toMatch(/2h, from .*2026-11-23 09:00 UTC.* until .*2026-11-23 11:00 UTC/)

    await approved()
    expect(await card()).toContain('Approved, starts later')
    const news = (await told()).find((text) => /approved, Read orders/.test(text))
    expect(news).toMatch(/Starts .*2026-11-23 09:00 UTC.*, ends .*2026-11-23 11:00 UTC/)
    await carl().openHome()
    await refreshHomes(workspace.world.ports, null, 10)
    const home = () => carl().home()
    await workspace.client.waitFor(
      async () => /Upcoming \(1\)/.test(plainText((await home())?.blocks ?? [])),
      {
        what: 'the upcoming lease in the Home tab',
      },
    )
    await workspace.as('U0LEAD').command('/audit', '', { channel: 'C0SECURITY' })
    await workspace.client.waitFor(
      async () => /Nobody has access here now/.test(await whispered('U0LEAD', 'C0SECURITY')),
      { what: 'no live access in the audit' },
    )
    await workspace.as('U0LEAD').command('/audit', 'upcoming', { channel: 'C0SECURITY' })
    await workspace.client.waitFor(
      async () => /Starts later[\s\S]*AR-1001[\s\S]*Starts /.test(await whispered('U0LEAD', 'C0SECURITY')),
      { what: 'the upcoming lease in the audit' },
    )

    const message = (await carl().directMessages()).find((one) => /approved, Read orders/.test(read(one)))
    await carl().press('daypass.release', {
      message: { channel: message?.channel ?? '', ts: message?.ts ?? '' },
    })
    await workspace.settle()
    expect((await grant())?.status).toBe('cancelled')
    expect((await told()).join('\n')).toContain(
      'You cancelled it. Read orders on Orders database (production) will not start.',
    )
    expect(await card()).toContain('Cancelled')
  })

  it('is written in the line, and opens the form where it cannot be', async () => {
    await line('orders-db read-orders from tomorrow 09:00 for 2h because Fixing the totals of INC-42')
    await workspace.client.waitFor(async () => /Asked\..*from .*2026-11-23 09:00/.test(await whispered()), {
      what: 'the answer',
    })
    await line('orders-db read-orders from yesterday for 2h because Fixing the totals of INC-42')
    const view = await sees(/“yesterday” is not a start/)
    expect(JSON.stringify(view.blocks)).toContain('Fixing the totals of INC-42')
    await carl().closeView()
    // Something else is wrong: the start is kept.
    await line('orders-db read-orders from tomorrow 09:00 for 99h because Fixing the totals of INC-42')
    expect(JSON.stringify((await sees(/is given for 8h at the most/)).blocks)).toContain(
      `"initial_date_time":${unix(tomorrow)}`,
    )
  })

  it('is given then, and the owners cannot be made to wait for it twice', async () => {
    await line('orders-db read-orders from tomorrow 09:00 for 2h because Fixing the totals of INC-42')
    await approved()
    workspace.world.clock.advance((tomorrow.getTime() - workspace.world.clock.now().getTime()) / 1000)
    await workspace.settle()
    expect((await grant())?.status).toBe('active')
    const messages = await told()
    expect(messages.some((text) => /you have Read orders/.test(text))).toBe(true)
    expect(messages.some((text) => /the start of Read orders.* has come/.test(text))).toBe(true)
  })
})

it('an idle lease: the question, and Keep', async () => {
  offer(workspace.world, { idleAfterSeconds: 1800 })
  Object.assign(workspace.world.target.connector, { lastUsed: async () => [null] })
  await line('orders-db read-orders for 4h because Fixing the totals of INC-42')
  await approved()
  for (let minutes = 0; minutes < 30; minutes += 5) {
    workspace.world.clock.advance(300)
    await workspace.settle()
  }
  expect((await told()).join('\n')).toMatch(/you have not used Read orders.*so far\. Still needed\?/)
  await carl().press('daypass.keep')
  await workspace.settle()
  expect((await told()).join('\n')).toMatch(/you keep Read orders/)
  expect(await grant()).toMatchObject({ status: 'active', keptAt: workspace.world.clock.now() })
})
