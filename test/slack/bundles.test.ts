import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import { offerKit } from '../_bundles.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
})
beforeEach(() => {
  workspace.world.clock.advance(3_601)
  offerKit(workspace.world, { approvals: ownersPlan(1) })
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const carl = () => workspace.as('U0CARL')
const command = (text: string) => carl().command('/request-access', text, { channel: 'C0LOBBY' })
const sees = (who: ReturnType<typeof carl>, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await who.view()
      return view && words.test(plainText(view.blocks)) ? view : undefined
    },
    { what: `the form to say ${words}` },
  )
const read = (blocks: unknown[] | undefined) => plainText((blocks ?? []) as never).replaceAll('*', '')
const posts = async (channel: string) =>
  (await workspace.as('U0LEAD').messages(channel)).filter(
    ({ threadTs, ephemeral }) => !threadTs && !ephemeral,
  )
const newest = async (channel: string) => (await posts(channel)).at(-1)
const whispered = async (who: ReturnType<typeof carl>, channel: string) =>
  (await who.messages(channel)).filter(({ ephemeral }) => ephemeral).map(({ blocks }) => read(blocks))
const statuses = async () => {
  const rows = await workspace.world.database.sql<{ status: string }[]>`
    select coalesce(g.status, r.status) as status from requests r left join grants g on g.request_id = r.id
    order by r.number desc limit 3`
  return rows.map(({ status }) => status).toReversed()
}

describe('a bundle in Slack', () => {
  it('is asked for in one line, and stands on one card for each owners’ channel', async () => {
    await command('on-call-kit for 20m because On call this week, INC-42')
    await workspace.settle()
    const card = await newest('C0ORDERS')
    expect(read(card?.blocks)).toContain('@U0CARL asks for On-call kit: 2 entitlements here')
    expect(read(card?.blocks)).toContain('Correct rows in orders on Orders database')
    expect(read((await newest('C0AUDIT'))?.blocks)).toContain('Part of On-call kit, asked for together with')

    const message = { channel: 'C0ORDERS', ts: card?.ts ?? '' }
    // A double click, and another approver at the same moment.
    await Promise.all([
      workspace.as('U0DANA').press('daypass.bundle.approve_all', { message }),
      workspace.as('U0DANA').press('daypass.bundle.approve_all', { message }),
      workspace.as('U0ERIN').press('daypass.bundle.approve_all', { message }),
    ])
    await workspace.settle()
    expect(await statuses()).toEqual(['active', 'pending', 'active'])
    expect(read((await newest('C0ORDERS'))?.blocks)).toContain('🟢 active')
    expect(await posts('C0ORDERS')).toHaveLength(1)
    const told = (await carl().directMessages()).map(({ blocks }) => read(blocks)).join('\n')
    expect(told.match(/Show credentials|is active/g)?.length).toBeGreaterThanOrEqual(2)
  })

  it('one part alone is decided by its own button on the shared card', async () => {
    await command('on-call-kit because <!channel> On call this week')
    await workspace.settle()
    const card = await newest('C0ORDERS')
    expect(JSON.stringify(card?.blocks)).not.toContain('"mrkdwn","text":"<!channel>')
    const message = { channel: 'C0ORDERS', ts: card?.ts ?? '' }
    await workspace.as('U0DANA').press('daypass.deny', { message })
    await sees(workspace.as('U0DANA'), /Why not/)
    await workspace.as('U0DANA').submit({ 'daypass.form.reason': 'Not this one' })
    await workspace.settle()
    expect((await statuses()).filter((status) => status === 'denied')).toHaveLength(1)
    expect(read((await newest('C0ORDERS'))?.blocks)).toContain('⛔ denied')
  })

  it('deny all asks for one reason, which every part has', async () => {
    await command('on-call-kit because On call this week')
    await workspace.settle()
    const message = { channel: 'C0ORDERS', ts: (await newest('C0ORDERS'))?.ts ?? '' }
    await workspace
      .as('U0PAT')
      .press('daypass.bundle.deny_all', { message })
      .catch(() => undefined)
    await workspace.as('U0DANA').press('daypass.bundle.deny_all', { message })
    await sees(workspace.as('U0DANA'), /Why not/)
    await workspace.as('U0DANA').submit({ 'daypass.form.reason': 'Use the read replica' })
    await workspace.settle()
    expect(await statuses()).toEqual(['denied', 'pending', 'denied'])
  })

  it('the requester presses approve all and reads why not; nothing changes', async () => {
    await command('on-call-kit because On call this week')
    await workspace.settle()
    const message = { channel: 'C0ORDERS', ts: (await newest('C0ORDERS'))?.ts ?? '' }
    await carl().press('daypass.bundle.approve_all', { message })
    const said = await workspace.client.waitFor(
      async () => (await whispered(carl(), 'C0ORDERS')).find((text) => text.includes('0 parts of 2')),
      { what: 'the refusal' },
    )
    expect(said).toContain('⛔')
    expect(await statuses()).toEqual(['pending', 'pending', 'pending'])
  })

  it('is chosen in the form beside the systems, which says each part before anything is sent', async () => {
    const { policy } = workspace.world.ports
    const judge = policy.judge.bind(policy)
    policy.judge = (question) => {
      const result = judge(question)
      if (question.action !== 'request' || question.entitlement?.id !== 'fix-orders') return result
      return { ...result, allowed: false, outcome: 'forbidden', sentence: 'Not for contractors.' }
    }
    await command('')
    await sees(carl(), /What system/)
    expect(await carl().suggest('daypass.form.resource', 'kit')).toMatchObject([
      { value: 'bundle:on-call-kit', text: 'On-call kit' },
    ])
    await carl().select('daypass.form.resource', 'bundle:on-call-kit')
    const view = await sees(carl(), /Left out: Not for contractors/)
    expect(view.submit).toBe('Send 2 of 3')
    const long = await carl().submit({
      'daypass.form.duration': '9h',
      'daypass.form.justification': 'On call, INC-42',
    })
    expect(Object.values(long.errors ?? {}).join()).toContain('On-call kit is given for 1h at the most')
    await carl().submit({ 'daypass.form.duration': '30m', 'daypass.form.justification': 'On call, INC-42' })
    policy.judge = judge
    const said = await workspace.client.waitFor(
      async () => (await whispered(carl(), 'C0LOBBY')).find((text) => text.includes('1 part left out')),
      { what: 'the answer' },
    )
    expect(said).toContain('Correct rows in orders')
    expect((await statuses()).slice(1)).toEqual(['pending', 'pending'])
  })

  it('a line with words that do not belong opens the form', async () => {
    await command('on-call-kit read-orders because On call this week')
    await sees(carl(), /A bundle is asked for by its name alone/)
    await carl().closeView({ all: true })
  })
})
