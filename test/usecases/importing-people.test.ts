import { afterEach, beforeEach, expect, it } from 'vitest'
import { readPeopleCsv, writePeopleCsv } from '../../src/commands/people-csv.ts'
import type { SlackAccount } from '../../src/domain/account.ts'
import { exportPeople } from '../../src/usecases/people/export-people.ts'
import { importPeople } from '../../src/usecases/people/import-people.ts'
import { openWorld, type World } from '../_world.ts'

let world: World
let members: SlackAccount[]
beforeEach(async () => {
  world = await openWorld()
  const ids = ['U0CARL', 'U0DANA', 'U0ERIN', 'U0FRED', 'U0GUEST', 'U0PAT', 'U0GONE', 'U0BOT', 'U0STRANGER']
  const found = await Promise.all(ids.map((id) => world.directory.account(id)))
  members = found.flatMap((one) => (one ? [{ ...one, confirmedEmail: `${one.displayName}@acme.test` }] : []))
})
afterEach(() => world.close())

const head = 'account,company,sponsor,starts,ends,tags,login:github'
const run = (lines: readonly string[], dryRun = false) =>
  importPeople(world.ports, {
    rows: readPeopleCsv('people.csv', [head, ...lines].join('\n')),
    members,
    dryRun,
  })
const problems = async (...lines: string[]) => {
  const answer = await run(lines)
  if (answer.kind !== 'invalid') throw new Error('imported')
  return answer.problems.map(({ line, column, message }) => `${line} ${column}: ${message}`)
}
const stored = async () =>
  (await exportPeople(world.ports)).map(({ engagement, contractor, identities }) => ({
    who: contractor.userId,
    company: engagement.company,
    sponsor: engagement.sponsor.userId,
    ends: engagement.endsAt.toISOString(),
    logins: identities.map(({ system, login }) => `${system}=${login}`),
  }))
const carl = { who: 'U0CARL', company: 'Mendes Consulting', sponsor: 'U0PAT' }
const guest = { ...carl, who: 'U0GUEST' }
const yearEnd = { ends: '2027-11-22T09:00:00.000Z', logins: [] }

it('adds who is new, changes who is there, and leaves who is in no line', async () => {
  const answer = await run([
    'fred@acme.test,Brandt Audit,U0DANA,,2027-01-31,audit,fred-gh',
    'U0CARL,Mendes Consulting,U0ERIN,,2027-03-31,databases,',
  ])
  expect(answer).toMatchObject({
    kind: 'imported',
    rows: [
      { line: 2, kind: 'added' },
      { line: 3, kind: 'changed' },
    ],
  })
  expect(await stored()).toEqual([
    {
      who: 'U0FRED',
      company: 'Brandt Audit',
      sponsor: 'U0DANA',
      ends: '2027-01-31T23:59:00.000Z',
      logins: ['github=fred-gh'],
    },
    // The last minute of that day in Lisbon, which has summer time then.
    { ...carl, sponsor: 'U0ERIN', ends: '2027-03-31T22:59:00.000Z', logins: [] },
    { ...guest, ...yearEnd },
  ])
  const events = await world.database.sql`select action, actor_id from audit_events order by id`
  expect(events.map(({ action }) => action)).toEqual([
    'engagement.added',
    'identity.confirmed',
    'engagement.handed_over',
    'engagement.shortened',
    'people.imported',
  ])
})

it('a dry run says the same and stores nothing', async () => {
  const before = await stored()
  const line = 'U0CARL,Other,U0ERIN,,2027-03-31,,carl-gh'
  const dry = await run([line], true)
  expect(await stored()).toEqual(before)
  expect(await world.database.sql`select count(*)::integer as count from audit_events`).toEqual([
    { count: 0 },
  ])
  const done = await run([line])
  if (dry.kind === 'invalid' || done.kind === 'invalid') throw new Error('refused')
  expect(dry.rows).toEqual(done.rows)
  expect(dry.kind).toBe('dry_run')
  expect(done.rows[0]?.changes).toEqual([
    'company changed',
    'tags changed',
    'sponsor U0ERIN, was U0PAT',
    'ends 2027-03-31T22:59:00.000Z, was 2027-11-22T09:00:00.000Z',
    'login:github carl-gh',
  ])
})

it('one bad line keeps all lines out, and each problem says its line and what to do', async () => {
  const before = await stored()
  expect(
    await problems(
      'U0DANA,Good,U0ERIN,,2027-01-31,,',
      'nobody@acme.test,,U0GUEST,,2020-01-01,!,',
      'U0GONE,Acme,U0GONE,tomorrow,2027-02-30,,',
      'U0BOT,Acme,U0ERIN,2027-05-01,2027-04-01,,',
      'U0STRANGER,Acme,,,,,',
    ),
  ).toEqual([
    '3 account: Slack knows no member with the confirmed address nobody@acme.test. Check it, invite the person, or write the user id.',
    '3 sponsor: U0GUEST is deactivated, a guest, a bot or of another organisation. Name an employee with an active account.',
    '3 company: Write the company, or the name under which the person works.',
    '3 tags: “!” is no tag. A tag has letters, digits and - . _ : and begins with a letter or digit.',
    '3 ends: 2020-01-01 is past. Write a later day; or remove this line, and end the engagement with /contractors.',
    '4 account: The account U0GONE is deactivated. Remove this line, or activate the account in Slack.',
    '4 sponsor: U0GONE is deactivated, a guest, a bot or of another organisation. Name an employee with an active account.',
    '4 starts: “tomorrow” is no time. Write a day such as 2027-03-31, or an instant such as 2027-03-31T16:00Z.',
    '4 ends: “2027-02-30” is no time. Write a day such as 2027-03-31, or an instant such as 2027-03-31T16:00Z.',
    '5 account: U0BOT is a bot. Only people have engagements: remove this line.',
    '5 ends: The engagement ends before it starts. Correct one of the two days.',
    '6 account: U0STRANGER belongs to another organisation. Invite the person as a guest of this workspace first.',
    '6 sponsor: Write the Slack user id (U0…) or the confirmed address of the employee who is answerable.',
    '6 ends: Every engagement has an end. Write a day such as 2027-03-31.',
  ])
  expect(await stored()).toEqual(before)
})

it('two lines about one person are refused, also by a second account with the same address', async () => {
  members = members.map((one) =>
    one.userId === 'U0GUEST' ? { ...one, confirmedEmail: 'carl@acme.test' } : one,
  )
  expect(
    await problems(
      'U0CARL,A,U0ERIN,,2027-01-31,,',
      'carl@acme.test,B,U0ERIN,,2027-01-31,,',
      'U0GUEST,C,U0ERIN,,2027-01-31,,',
    ),
  ).toEqual([
    '3 account: Line 2 is about the same person. Keep one line for each person.',
    '4 account: Line 2 is about the same person. Keep one line for each person.',
  ])
})

it('nobody sponsors themselves with a second account, and no contractor sponsors', async () => {
  members = members.map((one) =>
    one.userId === 'U0FRED' ? { ...one, confirmedEmail: 'carl@acme.test' } : one,
  )
  await run(['U0ERIN,Acme,U0DANA,,2027-01-31,,'])
  expect(await problems('U0CARL,Acme,U0FRED,,2027-01-31,,', 'U0GUEST,Acme,U0ERIN,,2027-01-31,,')).toEqual([
    '2 sponsor: Nobody sponsors themselves, not even with a second account. Name another employee.',
    '3 sponsor: U0ERIN is a contractor, and a sponsor is an employee. Name another one.',
  ])
})

it('one login belongs to one person', async () => {
  expect(
    await problems('U0CARL,Acme,U0ERIN,,2027-01-31,,octo', 'U0GUEST,Acme,U0ERIN,,2027-01-31,,octo'),
  ).toEqual(['3 login:github: Another person has the login octo at github. Correct one of the two.'])
})

it('an export is imported again without a change, and no cell of it is a formula', async () => {
  await run([
    `U0CARL,"=HYPERLINK(""http://evil"",""x"")",U0ERIN,,2027-01-31,a b,"-1+1"`,
    `U0GUEST,'@Acme,U0ERIN,,2027-01-31,,`,
  ])
  const text = writePeopleCsv(await exportPeople(world.ports))
  for (const cell of text.split(/[\n,]/)) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/)
  const again = await importPeople(world.ports, { rows: readPeopleCsv('x', text), members, dryRun: false })
  expect(again).toMatchObject({ kind: 'imported', rows: [{ kind: 'unchanged' }, { kind: 'unchanged' }] })
  const companies = (await stored()).map(({ company }) => company)
  expect(companies.toSorted()).toEqual(['=HYPERLINK("http://evil","x")', '@Acme'])
})

it('an end that an import moves earlier shortens the lease', async () => {
  const { decideRequest } = await import('../../src/usecases/requests/decide-request.ts')
  const { id } = await world.ask({ duration: '8h' })
  const by = { teamId: 'T0DAYPASS', userId: 'U0DANA' }
  await decideRequest(world.ports, { by, requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  await run(['U0CARL,Mendes Consulting,U0PAT,,2026-11-22T10:00Z,databases,'])
  const history = await world.ports.store.histories.byRequest(id)
  expect(history?.grant).toMatchObject({ lease: { endsAt: new Date('2026-11-22T10:00:00Z') }, generation: 2 })
})
