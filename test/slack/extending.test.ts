import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
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

const read = (message: VisibleMessage | undefined) =>
  message ? plainText(message.blocks ?? []).replaceAll('*', '') : ''
/** Carl has a lease of an hour, AR-1001. */
async function holds(): Promise<void> {
  const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
  await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
}
const posts = async () =>
  (await workspace.as('U0DANA').messages('C0ORDERS')).filter(
    ({ ephemeral, threadTs }) => !ephemeral && !threadTs,
  )
const cards = async () => (await posts()).map(read)
const thread = async () =>
  (await workspace.as('U0DANA').messages('C0ORDERS'))
    .filter(({ threadTs }) => threadTs)
    .map(read)
    .join('\n')
const directly = async () => workspace.as('U0CARL').directMessages()
const told = async () => (await directly()).map(read)
/** The newest direct message with these words, to press a button there. */
const on = async (words: RegExp) => {
  const found = (await directly()).filter((message) => words.test(read(message))).at(-1)
  if (!found) throw new Error(`no message says ${words}`)
  return { message: { channel: found.channel, ts: found.ts } }
}
const sees = (words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as('U0CARL').view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`.replaceAll('*', ''))
        ? view
        : undefined
    },
    { what: `Carl to see ${words}` },
  )
const whispered = async (channel = 'C0LOBBY') =>
  (await workspace.as('U0CARL').messages(channel))
    .filter(({ ephemeral }) => ephemeral)
    .map(read)
    .join('\n')
const hears = (words: RegExp) =>
  workspace.client.waitFor(async () => words.test(await whispered()), { what: `Carl to hear ${words}` })
const more = (duration = '30m') => ({
  'daypass.form.duration': duration,
  'daypass.form.justification': 'INC-42 takes longer',
})
const historyOf = (reference: string) => workspace.world.ports.store.histories.byReference(reference)

describe('Extend…', () => {
  it('on the message that access is active: form, card, approval, and the new end everywhere', async () => {
    await holds()
    await workspace.as('U0CARL').press('daypass.extend', await on(/you have Read orders/))
    const view = await sees(/How much longer\?/)
    expect(plainText(view.blocks)).toContain('More time needs the same approvals')
    expect(JSON.stringify(view.blocks)).toContain('Up to 7h more')
    expect(await workspace.as('U0CARL').submit(more())).toMatchObject({ ok: true })
    await workspace.settle()
    const [, second] = await cards()
    expect(second).toContain('More time: waiting for approval · AR-1002')
    expect(second).toMatch(/AR-1001 of @U0CARL, since/)
    expect(second).toContain('Present end')
    expect(second).toMatch(/30m more, until .* instead of /)
    expect(second).toContain('Up to 1h30m')
    expect(second).toContain('INC-42 takes longer')
    expect(second).toContain('Fixing the totals of INC-42')
    expect(second).not.toContain('Approve until…')
    expect((await told()).join('\n')).toContain('AR-1002: your request for more time')

    await workspace.as('U0DANA').press('daypass.approve', { message: await newestCard() })
    await workspace.settle()
    const after = await cards()
    expect(after[0]).toMatch(/AR-1002: extended until .* instead of/)
    expect(after[0]).toContain('1h and 30m more')
    expect(after[1]).toContain('The lease is extended · AR-1002')
    expect(await thread()).toMatch(/The lease AR-1001 of @U0CARL is extended until/)
    expect((await told()).join('\n')).toMatch(
      /AR-1001: you have Read orders on .* until .*, instead of .* \(AR-1002\)/,
    )
    const lease = await historyOf('AR-1001')
    expect(lease?.grant).toMatchObject({ status: 'active', generation: 2 })
    expect(lease?.events.map(({ action }) => action)).toContain('grant.lease_extended')
  })

  it('on the notice before the end, with the problem beside the field', async () => {
    await holds()
    workspace.world.clock.advance(46 * 60)
    await workspace.settle()
    await workspace.as('U0CARL').press('daypass.extend', await on(/left: your access/))
    await sees(/How much longer\?/)
    const refused = await workspace.as('U0CARL').submit(more('8h'))
    expect(JSON.stringify(refused)).toContain('this lease can go on for 7h more')
    expect(JSON.stringify(await workspace.as('U0CARL').submit(more('soon')))).toContain('duration')
    await workspace.as('U0CARL').submit(more())
    expect((await historyOf('AR-1002'))?.request.status).toBe('pending')
  })

  it('on the Home tab', async () => {
    await holds()
    await workspace.as('U0CARL').openHome()
    await workspace.client.waitFor(
      async () => plainText((await workspace.as('U0CARL').home())?.blocks ?? []).includes('AR-1001'),
      { what: 'the Home tab' },
    )
    await workspace.as('U0CARL').press('daypass.extend', { home: true })
    await sees(/How much longer\?/)
    await workspace.as('U0CARL').submit(more())
    await sees(/Asked for more time\. AR-1002/)
  })

  it('of a lease that is over opens nothing, and says so', async () => {
    await holds()
    const place = await on(/you have Read orders/)
    workspace.world.clock.advance(3600)
    await workspace.as('U0CARL').press('daypass.extend', place)
    await workspace.client.waitFor(
      async () => (await told()).some((text) => text.includes('It cannot be extended')),
      { what: 'the answer' },
    )
    expect(await workspace.as('U0CARL').view()).toBeUndefined()
  })
})

describe('/request-access extend', () => {
  const types = (line: string) =>
    workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })

  it('asks in one line', async () => {
    await holds()
    const answer = await types('extend AR-1001 for 1h because INC-42 takes longer')
    expect(JSON.stringify(answer.response)).toMatch(
      /Asked for more time\. .*AR-1002.*1h more, until .* instead of/,
    )
    expect((await historyOf('AR-1002'))?.request).toMatchObject({ durationSeconds: 3600, status: 'pending' })
    const again = await types('extend ar-1001 for 1h because INC-42 takes longer')
    expect(JSON.stringify(again.response)).toContain('More time is asked for already: AR-1002')
  })

  it('opens the form with the problems where something is missing or wrong', async () => {
    await holds()
    await types('extend AR-1001 for 9h')
    const view = await sees(/How much longer\?/)
    expect(plainText(view.blocks)).toContain('this lease can go on for 7h more')
    expect(plainText(view.blocks)).toContain('Say why you need it')
    expect(JSON.stringify(view.blocks)).toContain('"initial_value":"9h"')
    await workspace.as('U0CARL').submit(more())
    await hears(/Asked for more time\. AR-1002/)
  })

  it('of another person’s lease, or of none, says so', async () => {
    await holds()
    const other = await workspace
      .as('U0DANA')
      .command('/request-access', 'extend AR-1001 for 1h because I want it', { channel: 'C0LOBBY' })
    expect(JSON.stringify(other.response)).toContain('Only the person who asked for this access')
    for (const line of ['extend', 'extend AR-99', 'extend orders-db'])
      expect(JSON.stringify((await types(line)).response)).toContain('There is no such lease of yours')
  })
})

it('/audit shows the lease with its extension, and the extension with its lease', async () => {
  await holds()
  const line = 'extend AR-1001 for 1h because INC-42 takes longer'
  await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.approve', { message: await newestCard() })
  await workspace.settle()
  const audit = async (what: string) => {
    await workspace.as('U0LEAD').command('/audit', what, { channel: 'C0AUDIT' })
    return workspace.client.waitFor(
      async () =>
        (await workspace.as('U0LEAD').messages('C0AUDIT'))
          .map(read)
          .find((text) => text.includes(`· ${what}`)),
      { what },
    )
  }
  const lease = await audit('AR-1001')
  expect(lease).toContain('grant lease extended')
  expect(lease).toMatch(/AR-1002: extended until/)
  const extension = await audit('AR-1002')
  expect(extension).toContain('The lease is extended')
  expect(extension).toContain('AR-1001 of @U0CARL')
})

it('an extension that is denied: the holder reads that the end stays, and may ask again', async () => {
  await holds()
  const line = 'extend AR-1001 for 1h because INC-42 takes longer'
  await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.deny', { message: await newestCard() })
  await workspace.client.waitFor(() => workspace.as('U0DANA').view(), { what: 'the form' })
  await workspace.as('U0DANA').submit({ 'daypass.form.reason': 'Enough for today' })
  await workspace.settle()
  const all = (await told()).join('\n')
  expect(all).toContain('AR-1002 was denied: more time with Read orders')
  expect(all).toMatch(/Your access ends .*, as before/)
  await workspace.as('U0CARL').press('daypass.extend', await on(/was denied: more time/))
  await sees(/How much longer\?/)
})

/** The card that was posted last. */
async function newestCard() {
  return { channel: 'C0ORDERS', ts: (await posts()).at(-1)?.ts ?? '' }
}
