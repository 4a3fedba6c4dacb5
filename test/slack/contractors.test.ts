import { afterEach, beforeEach, expect, it } from 'vitest'
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

const as = (userId: string) => workspace.as(userId)
const list = async (userId: string) => {
  const outcome = await as(userId).command('/contractors', '', { channel: 'C0LOBBY' })
  return textOf(outcome.response as VisibleMessage | undefined)
}
const textOf = (message: Pick<VisibleMessage, 'blocks' | 'text'> | undefined) =>
  message ? plainText(message.blocks ?? []) || message.text : ''
const viewText = async (userId: string) => plainText((await as(userId).view())?.blocks ?? [])
const field = (name: string) => `daypass.people.form.${name}`
const inputs = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [field(name), value]))
const engagementOf = async (userId: string): Promise<string> => {
  const [row] = await workspace.world.database.sql`
    select e.id from engagements e join accounts a using (person_id) where a.user_id = ${userId} and ended_at is null`
  return row?.id
}
/** Opens the form behind the menu of a contractor in the list. */
const choose = async (userId: string, change: string, contractor: string) => {
  const option = `${change} ${await engagementOf(contractor)}`
  await list(userId)
  await as(userId).press('daypass.people.menu', {
    blockId: `contractor-${await engagementOf(contractor)}`,
    option,
  })
  await workspace.client.waitFor(() => as(userId).view(), { what: 'the form' })
}

it('a sponsor adds a contractor, who can then ask; the sponsor ends it, and the access is gone', async () => {
  expect(await list('U0DANA')).toContain('There is none.')
  await as('U0DANA').press('daypass.people.add')
  await workspace.client.waitFor(() => as('U0DANA').view(), { what: 'the form' })
  const bad = await as('U0DANA').submit(
    inputs({ person: 'U0STRANGER', company: 'Brandt Audit', ends: '2026-11-01' }),
  )
  expect(bad).toMatchObject({
    result: 'errors',
    errors: { person: expect.any(String), ends: 'This day is past. Choose a later one.' },
  })
  await as('U0DANA').submit(
    inputs({ person: 'U0FRED', company: 'Brandt <!channel>', ends: '2026-12-31', tags: 'audit' }),
  )
  expect(await viewText('U0DANA')).toContain('They can now ask for access.')
  await as('U0DANA').closeView()

  const fred = await workspace.world.ask({ asker: { teamId: 'T0DAYPASS', userId: 'U0FRED' } })
  await workspace.settle()
  await as('U0ERIN').press('daypass.approve')
  await workspace.settle()
  expect(workspace.world.target.held.size).toBe(1)
  expect(await list('U0DANA')).toContain('Brandt <!channel>')
  await choose('U0DANA', 'end', 'U0FRED')
  await as('U0DANA').submit()
  expect(await viewText('U0DANA')).toContain('The engagement has ended.')
  await workspace.settle()
  expect(workspace.world.target.held.size).toBe(0)
  expect((await workspace.world.ports.store.histories.byRequest(fred.id))?.grant?.status).toBe('revoked')
  const told = (await as('U0FRED').directMessages()).map(textOf).filter((text) => text.includes('has ended'))
  expect(told).toHaveLength(1)
})

it('a sponsor extends, hands over and confirms a login', async () => {
  await choose('U0PAT', 'extend', 'U0CARL')
  await as('U0PAT').submit(inputs({ ends: '2028-02-29' }))
  expect(await viewText('U0PAT')).toContain('ends on')
  await as('U0PAT').closeView()
  await choose('U0PAT', 'confirmIdentity', 'U0CARL')
  await as('U0PAT').submit(inputs({ system: 'github', login: 'carl-gh' }))
  expect(await viewText('U0PAT')).toContain('You confirmed the login')
  await as('U0PAT').closeView()
  expect(await list('U0PAT')).toContain('carl-gh')
  await choose('U0PAT', 'handOver', 'U0CARL')
  await as('U0PAT').submit(inputs({ sponsor: 'U0GUEST' }))
  expect(await viewText('U0PAT')).toContain('Choose somebody else')
  await as('U0PAT').closeView()
  await choose('U0PAT', 'handOver', 'U0CARL')
  await as('U0PAT').submit(inputs({ sponsor: 'U0DANA' }))
  expect(await viewText('U0PAT')).toContain('is the sponsor now')
  expect(await list('U0DANA')).toContain('Mendes Consulting')
})

it('the form to change an end shows the last day in the reader’s time zone, so that saving it changes nothing', async () => {
  await workspace.client.updateUser('U0PAT', { tz: 'America/New_York' })
  await choose('U0PAT', 'extend', 'U0CARL')
  await as('U0PAT').submit(inputs({ ends: '2027-03-31' }))
  await as('U0PAT').closeView()
  const end = () => workspace.world.database.sql`
    select ends_at from engagements where id = ${ofCarl}`
  const ofCarl = await engagementOf('U0CARL')
  const before = await end()
  expect(before).toEqual([{ endsAt: new Date('2027-04-01T03:59:00Z') }])
  await choose('U0PAT', 'extend', 'U0CARL')
  await as('U0PAT').submit()
  expect(await end()).toEqual(before)
})

it('a contractor is refused with a sentence that says who can help', async () => {
  expect(await list('U0CARL')).toContain('Ask the sponsor or a security lead.')
})

it('a security lead sees all, and turns to only mine', async () => {
  expect(await list('U0LEAD')).toContain('There is none.')
  await as('U0LEAD').press('daypass.people.scope')
  const shown = await workspace.client.waitFor(
    async () =>
      (await as('U0LEAD').messages('C0LOBBY')).map(textOf).find((text) => text.includes('All contractors')),
    { what: 'all contractors' },
  )
  expect(shown).toContain('Mendes Consulting')
})

it('the notice of an end offers to extend or to let it end, and loses its buttons after that', async () => {
  const { database, clock } = workspace.world
  await choose('U0PAT', 'extend', 'U0CARL')
  await as('U0PAT').submit(inputs({ ends: '2026-12-10' }))
  await as('U0PAT').closeView()
  clock.advance(12 * 86_400)
  await workspace.settle()
  const notice = async () =>
    (await as('U0PAT').directMessages()).find((message) => textOf(message).includes('ends on'))
  expect(JSON.stringify((await notice())?.blocks)).toContain('daypass.people.let_end')
  await as('U0PAT').press('daypass.people.let_end')
  const confirmed = () => database.sql`select from audit_events where action = 'engagement.end_confirmed'`
  await workspace.client.waitFor(async () => (await confirmed()).length === 1, {
    what: 'the answer to be recorded',
  })
  await workspace.settle()
  expect(JSON.stringify((await notice())?.blocks)).not.toContain('daypass.people.let_end')
})
