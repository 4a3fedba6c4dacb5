import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { requestMessage } from '../../src/domain/message.ts'
import { interactionKey } from '../../src/slack/kit/interaction-key.ts'
import { claimInteraction } from '../../src/usecases/claim-interaction.ts'
import { deliverMessage } from '../../src/usecases/messages/deliver-message.ts'
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

const oneLine = 'orders-db read-orders for 1h because Fixing the totals of INC-42'

/** Carl asks in one line. */
async function asks(line = oneLine): Promise<string> {
  const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  return /AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? 'no reference'
}

/** Carl has asked; the card stands. */
async function asked(line = oneLine): Promise<string> {
  const reference = await asks(line)
  await workspace.settle()
  return reference
}

const read = (message: VisibleMessage | undefined) => (message ? plainText(message.blocks ?? []) : '')
const card = async () =>
  read(
    (await workspace.as('U0DANA').messages('C0ORDERS')).find(
      ({ ephemeral, threadTs }) => !ephemeral && !threadTs,
    ),
  )
/** What only this person was told, last. */
const whispered = async (userId: string, channel = 'C0ORDERS') =>
  read((await workspace.as(userId).messages(channel)).filter(({ ephemeral }) => ephemeral).at(-1))
/** Waits until this person is told something: an answer through a response URL comes after the acknowledgement. */
const hears = (userId: string, words: RegExp, channel = 'C0ORDERS') =>
  workspace.client.waitFor(async () => words.test(await whispered(userId, channel)), {
    what: `${userId} to hear ${words}`,
  })
/** Waits until this person sees a view that says so. */
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`) ? view : undefined
    },
    { what: `${userId} to see ${words}` },
  )
const told = async (userId = 'U0CARL') => (await workspace.as(userId).directMessages()).map(read)
const historyOf = async (reference: string) => {
  const history = await workspace.world.ports.store.histories.byReference(reference)
  if (!history) throw new Error(`no history ${reference}`)
  return history
}

describe('Approve', () => {
  it.each([
    ['U0CARL', 'requester'],
    ['U0GUEST', 'guest'],
    ['U0LEAD', 'member who is no approver'],
  ])('pressed by %s, a %s, is refused with the reason, seen by nobody else', async (userId) => {
    const reference = await asked()
    const before = await card()
    await workspace.as(userId).press('daypass.approve')
    await hears(userId, /^⛔ .{10,}/)
    await workspace.settle()
    expect(await whispered('U0DANA')).toBe('')
    expect(await card()).toBe(before)
    const history = await historyOf(reference)
    expect(history.request.status).toBe('pending')
    expect(history.events.map(({ action }) => action)).toContain('decision.refused')
  })

  it('pressed by a stranger decides nothing', async () => {
    const reference = await asked()
    await workspace.as('U0STRANGER').press('daypass.approve')
    expect((await historyOf(reference)).decisions).toEqual([])
  })

  it('pressed ten times by one person counts once, and says so', async () => {
    const reference = await asked('orders-db fix-orders for 30m because Correcting the totals of INC-42')
    for (let press = 0; press < 10; press += 1) await workspace.as('U0DANA').press('daypass.approve')
    await hears('U0DANA', /is counted: 1 of 2 approvals/)
    await workspace.settle()
    expect((await historyOf(reference)).decisions.length).toBe(1)
    expect(await card()).toContain('1 of 2 approvals: @U0DANA')
  })

  it('pressed by two people at once makes one grant', async () => {
    const reference = await asked()
    await Promise.all([
      workspace.as('U0DANA').press('daypass.approve'),
      workspace.as('U0ERIN').press('daypass.approve'),
    ])
    await workspace.settle()
    const history = await historyOf(reference)
    expect(history.decisions.length).toBe(1)
    expect(history.grant?.status).toBe('active')
    expect(workspace.world.target.state.grants).toBe(1)
    const loser = history.decisions[0]?.approver.userId === 'U0DANA' ? 'U0ERIN' : 'U0DANA'
    expect(await whispered(loser)).toContain(
      `${reference} was approved by @${history.decisions[0]?.approver.userId}`,
    )
  })

  it('is refused while Slack cannot say who pressed it, and changes nothing', async () => {
    const reference = await asked()
    await workspace.client.fault({ method: 'users.info', kind: 'server_error', times: 5 })
    await workspace.as('U0DANA').press('daypass.approve')
    await hears('U0DANA', /Slack did not tell me who you are/)
    await workspace.client.clearFaults()
    expect((await historyOf(reference)).request.status).toBe('pending')
  })

  it('pressed on a card that is not ours decides nothing', async () => {
    const reference = await asked()
    const { request } = await historyOf(reference)
    const body = {
      type: 'block_actions',
      api_app_id: 'A0DAYPASS',
      team: { id: 'T0DAYPASS' },
      user: { id: 'U0DANA', team_id: 'T0DAYPASS' },
      trigger_id: '1.2.3',
      container: { type: 'message', message_ts: '1.000100', channel_id: 'C0LOBBY' },
      actions: [{ action_id: 'daypass.approve', block_id: 'x', value: request.id, type: 'button' }],
    }
    const { status } = await workspace.client.post({
      body: new URLSearchParams({ payload: JSON.stringify(body) }).toString(),
    })
    expect(status).toBe(200)
    expect((await historyOf(reference)).decisions).toEqual([])
  })

  it('pressed on a card whose post was answered by silence counts, and that copy is kept true', async () => {
    const reference = await asks()
    const { request } = await historyOf(reference)
    await workspace.client.fault({ method: 'chat.postMessage', kind: 'lost_response' })
    const post = deliverMessage(workspace.world.ports, requestMessage(request.id, 'card'))
    await expect(post).rejects.toThrow('did not answer in time')
    await workspace.settle()
    const cards = (await workspace.as('U0DANA').messages('C0ORDERS')).filter(({ threadTs }) => !threadTs)
    expect(cards.length).toBe(2)
    const [first] = cards
    await workspace
      .as('U0DANA')
      .press('daypass.approve', { message: { channel: 'C0ORDERS', ts: first?.ts ?? '' } })
    await workspace.settle()
    const after = (await workspace.as('U0DANA').messages('C0ORDERS')).filter(
      ({ threadTs, ephemeral }) => !threadTs && !ephemeral,
    )
    expect(after.map(read).every((text) => text.includes('Access is active'))).toBe(true)
    expect((await historyOf(reference)).decisions.length).toBe(1)
  })
})

describe('Deny', () => {
  it('asks why, and tells the requester', async () => {
    const reference = await asked()
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.deny')
    await sees('U0DANA', new RegExp(`Deny ${reference}`))
    expect(await dana.submit({ 'daypass.form.reason': '   ' })).toMatchObject({ result: 'errors' })
    expect(await dana.submit({ 'daypass.form.reason': 'Use <!channel> the replica' })).toMatchObject({
      result: 'cleared',
    })
    await workspace.settle()
    expect(await card()).toContain('Denied by @U0DANA')
    expect(await card()).toContain('Use <!channel> the replica')
    expect((await told()).join('\n')).toContain('Use <!channel> the replica')
    expect((await historyOf(reference)).request.status).toBe('denied')
  })

  it('opens no form for somebody whose word does not count', async () => {
    await asked()
    await workspace.as('U0CARL').press('daypass.deny')
    await hears('U0CARL', /^⛔/)
    expect(await workspace.as('U0CARL').view()).toBeUndefined()
  })

  it('by somebody who has approved says that the approval is counted', async () => {
    const reference = await asked('orders-db fix-orders for 30m because Correcting the totals of INC-42')
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.approve')
    await dana.press('daypass.deny')
    await sees('U0DANA', /Why not/)
    expect(await dana.submit({ 'daypass.form.reason': 'I was wrong' })).toMatchObject({ result: 'updated' })
    expect(plainText((await dana.view())?.blocks ?? [])).toContain(
      `Your approval of ${reference} is counted: 1 of 2 approvals`,
    )
  })

  it('that comes too late says who was faster', async () => {
    await asked()
    const erin = workspace.as('U0ERIN')
    await erin.press('daypass.deny')
    await sees('U0ERIN', /Why not/)
    await workspace.as('U0DANA').press('daypass.approve')
    expect(await erin.submit({ 'daypass.form.reason': 'no' })).toMatchObject({ result: 'updated' })
    expect(plainText((await erin.view())?.blocks ?? [])).toContain('was approved by @U0DANA')
  })
})

describe('the requester', () => {
  it('cancels, and a late click on the card hears of it', async () => {
    const reference = await asked()
    await workspace.as('U0CARL').press('daypass.cancel')
    expect((await historyOf(reference)).request.status).toBe('cancelled')
    await workspace.as('U0DANA').press('daypass.approve')
    await hears('U0DANA', new RegExp(`${reference} was cancelled`))
    await workspace.settle()
    expect(await card()).toContain('no access was given')
    expect(await card()).not.toContain('[Approve]')
  })

  it('asks again with the same form', async () => {
    await asked()
    await workspace.as('U0CARL').press('daypass.cancel')
    await workspace.settle()
    await workspace.as('U0CARL').press('daypass.again')
    const view = await sees('U0CARL', /Request access/)
    expect(JSON.stringify(view.values)).toContain('orders-db')
    expect(JSON.stringify(view.values)).toContain('1h')
  })

  it('is shown credentials once for each press, and none after the end', async () => {
    const reference = await asked()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    const carl = workspace.as('U0CARL')
    const shown = async () => {
      await carl.press('daypass.credentials')
      const view = await sees('U0CARL', /^(?!.*Making credentials)/s)
      await carl.closeView()
      return plainText(view.blocks)
    }
    const first = await shown()
    expect(first).toContain('Password')
    expect(await shown()).not.toBe(first)
    workspace.world.target.breakDown(true)
    expect(await shown()).toContain('I could not make credentials: The target does not answer.')
    workspace.world.target.mend()
    workspace.world.clock.advance(3_600)
    expect(await shown()).toContain('access is being removed')
    const issued = (await historyOf(reference)).events.filter(
      ({ action }) => action === 'grant.credentials_issued',
    )
    expect(issued.length).toBe(2)
    const { entries } = await workspace.client.traffic()
    const secret = /Password\s+([0-9a-f-]{36})/.exec(first)?.[1] ?? 'not found'
    expect(secret).toMatch(/^[0-9a-f-]{36}$/)
    const bearers = entries
      .filter((entry) => JSON.stringify(entry.request).includes(secret))
      .map(({ name }) => name)
    expect([...new Set(bearers)]).toEqual(['views.update'])
  })

  it.each([
    ['the target does not answer', true, /try again in a moment/i],
    ['somebody has to mend it', false, /will not help/],
  ])(
    'is told what to do when credentials cannot be made because %s, and nothing that may be untrue',
    async (_why, retryable, advice) => {
      await asked()
      await workspace.as('U0DANA').press('daypass.approve')
      await workspace.settle()
      workspace.world.target.breakDown(retryable)
      await workspace.as('U0CARL').press('daypass.credentials')
      const text = plainText((await sees('U0CARL', /could not make credentials/)).blocks)
      expect(text).toMatch(advice)
      expect(text).not.toMatch(/still have/)
      if (!retryable) expect(text).not.toMatch(/try again/i)
    },
  )

  it('gets no password made that cannot be shown', async () => {
    const reference = await asked()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    await workspace.client.fault({ method: 'views.open', kind: 'server_error', times: 1 })
    await workspace.as('U0CARL').press('daypass.credentials')
    const dm = await workspace.as('U0CARL').directChannel()
    await hears('U0CARL', /did not open/, dm)
    expect((await historyOf(reference)).events.map(({ action }) => action)).not.toContain(
      'grant.credentials_issued',
    )
  })

  it('who leaves the workspace loses what they hold', async () => {
    const reference = await asked()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    await workspace.client.updateUser('U0CARL', { role: 'deactivated' })
    await workspace.client.waitFor(async () => (await historyOf(reference)).grant?.status === 'revoking')
    await workspace.settle()
    expect(await card()).toContain('The account of @U0CARL is closed, or the engagement no longer holds')
  })
})

describe('Revoke now', () => {
  it('asks why, takes it back, and tells everybody', async () => {
    const reference = await asked()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    await workspace.as('U0CARL').press('daypass.revoke')
    await hears('U0CARL', /^⛔/)
    const erin = workspace.as('U0ERIN')
    await erin.press('daypass.revoke')
    await sees('U0ERIN', /Why now/)
    expect(await erin.submit({ 'daypass.form.reason': 'The incident is over' })).toMatchObject({
      result: 'cleared',
    })
    await workspace.settle()
    expect((await historyOf(reference)).grant?.status).toBe('revoked')
    expect(await card()).toContain('Revoked by @U0ERIN')
    expect((await told()).at(-1)).toContain('@U0ERIN took it back early')
    expect((await told()).at(-1)).toContain('The incident is over')
  })
})

describe('the same interaction delivered again', () => {
  const lastOf = async (name: string) => {
    const { entries } = await workspace.client.traffic()
    return entries.filter((entry) => entry.direction === 'to_app' && entry.name === name).at(-1)?.id ?? ''
  }

  it('submits once, and says the same', async () => {
    const reference = await asked()
    const { body } = await workspace.client.redeliver(await lastOf('slash_commands'))
    expect(body).toContain(reference)
    const everything = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null } as const
    expect(
      (await workspace.world.ports.store.histories.list(everything, { kind: 'page', page: 1 }, 10)).total,
    ).toBe(1)
  })

  it('submits a form once', async () => {
    const carl = workspace.as('U0CARL')
    await carl.command('/request-access', 'orders-db read-orders', { channel: 'C0LOBBY' })
    await sees('U0CARL', /Why do you need it/)
    await carl.submit({ 'daypass.form.justification': 'Fixing the totals of INC-42' })
    const { body } = await workspace.client.redeliver(await lastOf('view_submission'))
    expect(JSON.parse(body)).toEqual({ response_action: 'clear' })
    const everything = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null } as const
    expect(
      (await workspace.world.ports.store.histories.list(everything, { kind: 'page', page: 1 }, 10)).total,
    ).toBe(1)
  })

  it('decides once', async () => {
    const reference = await asked()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.client.redeliver(await lastOf('block_actions'))
    expect((await historyOf(reference)).decisions.length).toBe(1)
  })

  /** How much there is of what an interaction can leave behind. */
  async function traces() {
    const { sql } = workspace.world.database
    const [events] = await sql<{ n: number }[]>`select count(*)::integer as n from audit_events`
    const [effects] = await sql<{ n: number }[]>`select count(*)::integer as n from outbox`
    const { entries } = await workspace.client.traffic()
    const calls = entries.filter(({ name }) => name.startsWith('chat.') || name.startsWith('views.'))
    return { events: events?.n, effects: effects?.n, calls: calls.length }
  }

  async function replayed(times: number): Promise<void> {
    const id = await lastOf('block_actions')
    for (let replay = 0; replay < times; replay += 1) {
      expect((await workspace.client.redeliver(id)).status).toBe(200)
    }
    await workspace.settle()
  }

  it.each([
    ['a refused Approve', 'U0CARL', 'daypass.approve', () => hears('U0CARL', /^⛔/)],
    ['a refused Deny', 'U0CARL', 'daypass.deny', () => hears('U0CARL', /^⛔/)],
    ['an Approve that counted', 'U0DANA', 'daypass.approve', async () => {}],
    ['a Deny that opened its form', 'U0DANA', 'daypass.deny', () => sees('U0DANA', /Why not/)],
    ['a Cancel', 'U0CARL', 'daypass.cancel', async () => {}],
  ])('%s leaves nothing behind, however often', async (_what, userId, actionId, answered) => {
    await asked()
    await workspace.as(userId).press(actionId)
    await answered()
    await workspace.settle()
    const before = await traces()
    await replayed(40)
    expect(await traces()).toEqual(before)
  })

  it('of a Cancel that came too late leaves nothing behind either', async () => {
    const reference = await asked()
    const { request } = await historyOf(reference)
    await workspace.as('U0CARL').press('daypass.cancel')
    const dm = await workspace.as('U0CARL').directChannel()
    const body = {
      type: 'block_actions',
      api_app_id: 'A0DAYPASS',
      team: { id: 'T0DAYPASS' },
      user: { id: 'U0CARL', team_id: 'T0DAYPASS' },
      trigger_id: '7.7.7',
      container: { type: 'message', message_ts: '1.000100', channel_id: dm },
      actions: [{ action_id: 'daypass.cancel', block_id: 'x', value: request.id, type: 'button' }],
    }
    const raw = {
      body: new URLSearchParams({ payload: JSON.stringify(body) }).toString(),
      timestamp: Math.floor(Date.now() / 1000),
    }
    await workspace.client.post(raw)
    await workspace.settle()
    const before = await traces()
    for (let replay = 0; replay < 40; replay += 1) await workspace.client.post(raw)
    await workspace.settle()
    expect(await traces()).toEqual(before)
  })

  it('that another process has claimed does nothing here', async () => {
    const reference = await asked()
    const { request } = await historyOf(reference)
    const body = {
      type: 'block_actions',
      api_app_id: 'A0DAYPASS',
      team: { id: 'T0DAYPASS' },
      user: { id: 'U0CARL', team_id: 'T0DAYPASS' },
      trigger_id: '8.8.8',
      container: { type: 'message', message_ts: '1.000100', channel_id: 'D0CARL' },
      actions: [{ action_id: 'daypass.cancel', block_id: 'x', value: request.id, type: 'button' }],
    }
    const key = interactionKey('delivery', JSON.stringify(body))
    await claimInteraction(workspace.world.ports, { interactionKey: key })
    const answer = await workspace.client.post({
      body: new URLSearchParams({ payload: JSON.stringify(body) }).toString(),
    })
    expect(answer.status).toBe(200)
    expect((await historyOf(reference)).request.status).toBe('pending')
  })
})

describe('many refusals of one person', () => {
  it('are listed up to ten a minute, and counted beyond; the next minute says how many there were', async () => {
    const reference = await asked()
    for (let press = 0; press < 25; press += 1) await workspace.as('U0CARL').press('daypass.approve')
    const { sql } = workspace.world.database
    const recorded = async (action: string) =>
      sql<{ omitted: number | null }[]>`
        select (details ->> 'omitted')::integer as omitted from audit_events where action = ${action} order by id`
    expect(await recorded('decision.refused')).toHaveLength(10)
    expect((await recorded('refusals.omitted')).map(({ omitted }) => omitted)).toEqual([1, 2, 4, 8])
    expect((await historyOf(reference)).request.status).toBe('pending')
    workspace.world.clock.advance(61)
    await workspace.as('U0CARL').press('daypass.approve')
    expect(await recorded('decision.refused')).toHaveLength(11)
    expect((await recorded('refusals.omitted')).at(-1)?.omitted).toBe(15)
  })

  it('do not use up what another person has', async () => {
    await asked()
    for (let press = 0; press < 12; press += 1) await workspace.as('U0CARL').press('daypass.approve')
    await workspace.as('U0LEAD').press('daypass.approve')
    const { sql } = workspace.world.database
    const rows = await sql<{ userId: string }[]>`
      select a.user_id as "userId" from audit_events e join accounts a on a.id = e.actor_id
      where e.action = 'decision.refused' and a.user_id = 'U0LEAD'`
    expect(rows).toHaveLength(1)
  })
})
