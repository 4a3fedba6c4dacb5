import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleView } from '../../sandbox/types.ts'
import { refreshHomes } from '../../src/usecases/home/publish-home.ts'
import { offerKit } from '../_bundles.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
  // A guest without an engagement may ask for nothing.
  const newbie = { id: 'U0NEWBIE', name: 'newbie', realName: 'New Bie', tz: 'Europe/Lisbon' } as const
  await workspace.client.addUser({ ...newbie, role: 'multi_channel_guest' })
  await workspace.client.addToChannel('C0LOBBY', 'U0NEWBIE')
})
afterEach(async () => {
  await workspace.client.clearFaults()
  for (const id of ['U0CARL', 'U0LEAD'])
    if (await workspace.as(id).view()) await workspace.as(id).closeView({ all: true })
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const carl = () => workspace.as('U0CARL')
const sees = (words: RegExp, userId = 'U0CARL') =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(plainText(view.blocks)) ? view : undefined
    },
    { what: `${userId} to see a form that says ${words}` },
  )
const typed = ({ values }: VisibleView, block: string) =>
  Object.entries(values).flatMap(([blockId, inputs]) =>
    blockId === block ? Object.values(inputs ?? {}) : [],
  )
const reason = async (words = /Why do you need it/) => {
  const [input] = typed(await sees(words), 'justification') as { value?: string }[]
  return input?.value ?? ''
}

describe('the global shortcut', () => {
  it('opens the empty form, and says in a direct message where Slack opens none', async () => {
    expect(await carl().shortcut('daypass.request.global')).toMatchObject({ ok: true })
    expect(await reason(/What system/)).toBe('')
    await carl().closeView({ all: true })
    await workspace.client.fault({ method: 'views.open', kind: 'rate_limited', times: 2, retryAfter: 1 })
    await carl().shortcut('daypass.request.global')
    await workspace.client.waitFor(async () =>
      (await carl().directMessages()).some(({ text }) => text.includes('Slack did not open the form')),
    )
  })
})

describe('the shortcut on a message', () => {
  const about = async (text: string, options: { threadTs?: string } = {}) => {
    const message = await workspace.as('U0DANA').say('C0LOBBY', text, options)
    await carl().shortcut('daypass.request.message', { message })
    return message
  }

  it('fills in the text as people read it, with the link, and finds the ticket for what is chosen', async () => {
    const message = await about(
      '<@U0ERIN> the totals are &lt;wrong&gt;, see <https://jira.acme.test/browse/OPS-12|the ticket> <!here>',
    )
    expect(await reason(/also those who cannot see the message/)).toBe(
      '@erin the totals are <wrong>, see the ticket (https://jira.acme.test/browse/OPS-12) @here\n\n' +
        `About https://acme.slack.com/archives/C0LOBBY/p${message.ts.replace('.', '')}`,
    )
    await carl().select('daypass.form.resource', 'orders-db')
    await sees(/What do you need there/)
    await carl().select('daypass.form.entitlement', 'read-orders')
    const view = await sees(/For how long/)
    expect(typed(view, 'ticket')).toMatchObject([{ value: 'OPS-12' }])
    expect(await carl().submit()).toMatchObject({ result: 'cleared' })
    await workspace.client.waitFor(async () =>
      (await carl().messages('C0LOBBY')).some(
        ({ ephemeral, text }) => ephemeral && text.startsWith('Asked.'),
      ),
    )
    const [{ request } = { request: null }] = (
      await workspace.world.ports.store.histories.list(
        { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null },
        { kind: 'page', page: 1 },
        1,
      )
    ).rows
    expect(request).toMatchObject({ ticket: 'OPS-12', asksFor: { entitlementId: 'read-orders' } })
  })

  it('leaves out a text that looks like a secret, and says so', async () => {
    await about('the password is hunter2!x, hurry')
    expect(await reason(/looks as if it held a password/)).toMatch(/^About https:/)
  })

  it('cuts a long text and keeps the link whole, also to a reply in a thread', async () => {
    const root = await workspace.as('U0DANA').say('C0LOBBY', 'It broke')
    const { ts } = await about('long '.repeat(1_000), { threadTs: root.ts })
    const link = `https://acme.slack.com/archives/C0LOBBY/p${ts.replace('.', '')}?thread_ts=${root.ts}&cid=C0LOBBY`
    const text = await reason()
    expect(text).toHaveLength(2_000)
    expect(text.endsWith(`…\n\nAbout ${link}`)).toBe(true)
  })

  it('says beside the message where Slack opens no form', async () => {
    await workspace.client.fault({ method: 'views.open', kind: 'rate_limited', times: 1, retryAfter: 1 })
    await about('It broke again')
    await workspace.client.waitFor(async () =>
      (await carl().messages('C0LOBBY')).some(({ text }) => text.includes('Slack did not open the form')),
    )
  })
})

describe('favourites', () => {
  const ask = () =>
    carl().command('/request-access', 'orders-db read-orders for 1h because Fixing the totals of INC-42', {
      channel: 'C0LOBBY',
    })
  const tab = async () => plainText((await carl().home())?.blocks ?? [])
  const shows = (words: RegExp) =>
    workspace.client.waitFor(async () => words.test(await tab()), { what: `the Home tab to show ${words}` })

  it('are added beside the answer to a request, and then come first: on the Home tab and in the form', async () => {
    await carl().openHome()
    await shows(/Your access/)
    expect(await tab()).not.toContain('Favourites')
    await ask()
    await carl().press('daypass.favourite.add')
    await workspace.client.waitFor(async () =>
      (await carl().messages('C0LOBBY')).some(({ text }) => text.includes('one of your favourites now')),
    )
    await refreshHomes(workspace.world.ports, null, 10)
    expect(await tab()).toMatch(
      /^\[Request access\][^#]*★ Favourites \(1\)\n\*Read orders\* on \*Orders database\*/,
    )
    expect(JSON.stringify((await ask()).response?.blocks)).not.toContain('Add to favourites')

    await carl().shortcut('daypass.request.global')
    await sees(/What system/)
    expect(await carl().suggest('daypass.form.resource', '')).toMatchObject([
      { group: '★ Favourites', text: 'Read orders', value: 'favourite:orders-db/read-orders' },
      { group: 'Systems', value: 'orders-db' },
    ])
    await carl().select('daypass.form.resource', 'favourite:orders-db/read-orders')
    const view = await sees(/Asks @U0DANA/)
    expect(JSON.stringify(view.values)).not.toContain('favourite:')
    expect(
      await carl().submit({ 'daypass.form.duration': '99h', 'daypass.form.justification': 'short' }),
    ).toMatchObject({ result: 'errors' })
    expect(
      await carl().submit({ 'daypass.form.duration': '1h', 'daypass.form.justification': 'INC-42 again' }),
    ).toMatchObject({ result: 'updated' })
    await sees(/Asked\. \*AR-/)
  })

  it('open the form from the Home tab', async () => {
    await carl().press('daypass.link', { home: true })
    await sees(/Asks @U0DANA/)
  })

  it('that are not offered any more are shown as such, open nothing, and can be removed', async () => {
    const { catalog } = workspace.world.ports
    const orders = catalog.resources.get('orders-db')
    if (!orders) throw new Error('no such resource')
    const left = new Map([...orders.entitlements].filter(([id]) => id !== 'read-orders'))
    const without = { ...catalog, resources: new Map([['orders-db', { ...orders, entitlements: left }]]) }
    workspace.useRules({ catalog: without })
    await carl().openHome()
    await shows(/`orders-db read-orders` is not offered to you now/)
    await carl().shortcut('daypass.request.global')
    await sees(/What system/)
    expect(JSON.stringify(await carl().suggest('daypass.form.resource', ''))).not.toContain('favourite:')
    await carl().closeView({ all: true })
    await carl().press('daypass.favourite.remove', { home: true })
    await workspace.client.waitFor(async () => !(await tab()).includes('Favourites'))
    workspace.useRules({ catalog })
  })
})

describe('a link: a message with a button', () => {
  const post = (text: string, channel = 'C0LOBBY', by = 'U0DANA') =>
    workspace.as(by).command('/request-access', `link ${text}`, { channel })
  const hears = (userId: string, words: string, channel = 'C0LOBBY') =>
    workspace.client.waitFor(
      async () =>
        (await workspace.as(userId).messages(channel)).some(
          ({ text, ephemeral }) => ephemeral && text.includes(words),
        ),
      { what: `${userId} to hear ${words}` },
    )
  const links = async () =>
    (await workspace.as('U0PAT').messages('C0LOBBY')).filter(({ text }) => text.startsWith('Request access:'))
  const posted = async (text: string) => {
    const before = (await links()).length
    await post(text)
    return workspace.client.waitFor(async () =>
      (await links()).length > before ? (await links()).at(-1) : undefined,
    )
  }

  it('opens the form filled in for each person who presses it, as themselves', async () => {
    const message = await posted('orders-db read-orders for 2h')
    expect(plainText(message.blocks)).toContain(
      '*Read orders* on *Orders database* (production)\nfor 2h, up to 8h',
    )
    await carl().press('daypass.link', { message })
    const view = await sees(/Asks @U0DANA/)
    expect(JSON.stringify(view.values)).toContain('"2h"')
    expect(await reason()).toBe('')
    await carl().submit({ 'daypass.form.justification': 'Fixing the totals of INC-42' })
    await hears('U0CARL', 'Asked.')
  })

  it('tells a person who may not ask, and opens nothing', async () => {
    const message = await posted('orders-db read-orders')
    await workspace.as('U0NEWBIE').press('daypass.link', { message })
    await hears('U0NEWBIE', 'You may not ask for `orders-db read-orders`')
    expect(await workspace.as('U0NEWBIE').view()).toBeUndefined()
  })

  it('tells that the entitlement is not in the catalog any more, whatever the button says', async () => {
    const message = await posted('orders-db fix-orders')
    const { catalog } = workspace.world.ports
    const orders = catalog.resources.get('orders-db')
    const left = [...(orders?.entitlements ?? [])].filter(([id]) => id !== 'fix-orders')
    if (orders) {
      const resources = new Map([['orders-db', { ...orders, entitlements: new Map(left) }]])
      workspace.useRules({ catalog: { ...catalog, resources } })
    }
    await carl().press('daypass.link', { message })
    await hears('U0CARL', '`orders-db fix-orders` is not in the catalog any more')
    workspace.useRules({ catalog })
    expect(await carl().view()).toBeUndefined()
  })

  it.each([
    ['orders-db drop-orders', 'There is nothing of that name that you may ask for'],
    ['orders-db read-orders for 9h', 'Read orders is given for 8h at the most'],
    ['orders-db read-orders for soon', 'not a duration'],
    ['orders-db read-orders because INC-42', 'Each person who presses the button writes their own reason'],
  ])('is not posted with %j', async (text, words) => {
    const before = (await links()).length
    await post(text)
    await hears('U0DANA', words)
    expect(await links()).toHaveLength(before)
  })

  it('is posted by nobody who may not ask, and not before another organisation', async () => {
    await post('orders-db read-orders', 'C0LOBBY', 'U0NEWBIE')
    await hears('U0NEWBIE', 'There is nothing of that name that you may ask for')
    await post('orders-db read-orders', 'C0PARTNER', 'U0LEAD')
    await hears('U0LEAD', 'another organisation', 'C0PARTNER')
    expect((await workspace.as('U0LEAD').messages('C0PARTNER')).every(({ ephemeral }) => ephemeral)).toBe(
      true,
    )
  })

  it('opens a bundle with its parts', async () => {
    offerKit(workspace.world)
    workspace.useRules({ catalog: workspace.world.ports.catalog })
    const message = await posted('on-call-kit for 1h')
    await carl().press('daypass.link', { message })
    await sees(/Each part is a request of its own/)
  })
})
