import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { Account } from '../../src/domain/account.ts'
import type { ActivatingGrant } from '../../src/domain/grant.ts'
import type { Store } from '../../src/domain/store.ts'
import { type OpenTask, type Task, type TaskDirection, taskStatuses } from '../../src/domain/task.ts'
import { activatingGrant, active, member, minutesAfter, noon } from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

// What Postgres refuses, whatever the use-cases would do.

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.database
  store = opened.store
  return opened.close
})

let grant: ActivatingGrant
let doer: Account
beforeEach(async () => {
  grant = (await activatingGrant(store)).grant
  doer = await store.transaction((tx) => tx.accounts.upsert(member('U0DOER')))
})

const openTask = (direction: TaskDirection = 'give'): OpenTask => ({
  id: randomUUID(),
  grantId: grant.id,
  direction,
  status: 'open',
  openedAt: noon,
  work: { role: 'Approver', login: null, instructions: null, runbook: null, isUncertain: false },
  assignees: ['U0DOER', 'S0HELPDESK'],
  channelId: 'C0HELPDESK',
  readers: [],
  remindAfterSeconds: 60,
})
const insert = (task: Task) => store.transaction((tx) => tx.tasks.insert(task as OpenTask))
const save = (task: Task) => store.transaction((tx) => tx.tasks.save(task))
const doneBy = ({ id }: Pick<Account, 'id'>, task: Task): Task => ({
  ...openTask(),
  ...task,
  status: 'done',
  doneAt: minutesAfter(noon, 5),
  doneById: id,
  report: { whatWasDone: 'Done.', evidence: 'DESK-17', howToConnect: null },
  refusal: task.status === 'refused' ? task.refusal : null,
})
const refusedBy = ({ id }: Pick<Account, 'id'>, task: Task): Task => ({
  ...openTask(),
  ...task,
  status: 'refused',
  refusal: { at: minutesAfter(noon, 4), byId: id, reason: 'No rights.' },
})
const withdrawn = (task: Task): Task => ({
  ...openTask(),
  ...task,
  status: 'withdrawn',
  withdrawnAt: minutesAfter(noon, 6),
})
const constraint = (name: string) => ({ constraint_name: name })

it('reads back what was written, in every status', async () => {
  for (const change of [(task: Task) => task, (task: Task) => refusedBy(doer, task), withdrawn]) {
    grant = (await activatingGrant(store)).grant
    const task = openTask()
    await insert(task)
    await save(change(task))
    expect(await store.tasks.find(grant.id, 'give')).toEqual(JSON.parse(JSON.stringify(change(task)), dates))
  }
})

it('one task for each grant and direction', async () => {
  expect(await insert(openTask())).not.toBeNull()
  expect(await insert(openTask())).toBeNull()
  expect(await insert(openTask('take_away'))).not.toBeNull()
})

it('nobody is asked to give what is not being set up', async () => {
  await store.transaction((tx) => tx.grants.save(active(grant)))
  await expect(insert(openTask())).rejects.toMatchObject(constraint('tasks_give_while_activating'))
  expect(await insert(openTask('take_away'))).not.toBeNull()
})

it('a task does not begin with an answer', async () => {
  await expect(insert(doneBy(doer, openTask()))).rejects.toMatchObject(constraint('tasks_begin_open'))
})

describe('an answer', () => {
  it('stays as it is', async () => {
    const task = openTask()
    await insert(task)
    await save(doneBy(doer, task))
    const changes = [
      'evidence = $1',
      'what_was_done = $1',
      'how_to_connect = $1',
      'role = $1',
      "status = 'open', done_at = null, done_by_id = null, what_was_done = null, evidence = null",
    ]
    for (const change of changes) {
      const values = change.includes('$1') ? ['another'] : []
      await expect(
        database.sql.unsafe(`update tasks set ${change} where id = '${task.id}'`, values),
      ).rejects.toMatchObject(constraint('tasks_answered_once'))
    }
    await expect(save(refusedBy(doer, task))).rejects.toMatchObject(constraint('tasks_answered_once'))
    await expect(database.sql`delete from tasks where id = ${task.id}`).rejects.toMatchObject(
      constraint('tasks_answered_once'),
    )
  })

  it.each(['give', 'take_away'] as const)('moves as the domain says: %s', async (direction) => {
    const make: Record<(typeof taskStatuses)[number], (task: Task) => Task> = {
      open: (task) => task,
      refused: (task) => refusedBy(doer, task),
      done: (task) => doneBy(doer, task),
      withdrawn,
    }
    const legal: string[] = []
    for (const from of taskStatuses) {
      for (const to of taskStatuses.filter((status) => status !== from)) {
        grant = (await activatingGrant(store)).grant
        const task = openTask(direction)
        await insert(task)
        const before = make[from](task)
        if (from !== 'open') await save(before)
        const moved = await save({ ...make[to](before), ...(to === 'open' ? task : {}) }).then(
          () => true,
          () => false,
        )
        if (moved) legal.push(`${from} ${to}`)
      }
    }
    const afterRefusal = direction === 'take_away' ? ['refused done'] : []
    expect(legal).toEqual(['open refused', 'open done', 'open withdrawn', ...afterRefusal])
  })

  it('is not the holder’s, by any account', async () => {
    const holder = await store.transaction((tx) => tx.accounts.find(grant.holderId))
    const twin = await store.transaction((tx) =>
      tx.accounts.upsert(member('U0TWIN', { confirmedEmail: holder?.confirmedEmail ?? null })),
    )
    expect(twin.personId).toBe(holder?.personId)
    const task = openTask()
    await insert(task)
    for (const by of [{ id: grant.holderId }, twin]) {
      await expect(save(doneBy(by, task))).rejects.toMatchObject(constraint('tasks_not_by_the_holder'))
      await expect(save(refusedBy(by, task))).rejects.toMatchObject(constraint('tasks_not_by_the_holder'))
    }
  })

  it.each([
    ['no evidence', { evidence: ' ' }, 'tasks_evidence_written'],
    ['nothing done', { whatWasDone: '' }, 'tasks_evidence_written'],
  ])('has %s', async (_, changes, name) => {
    const task = openTask()
    await insert(task)
    const done = doneBy(doer, task)
    if (done.status !== 'done') throw new Error('not done')
    await expect(save({ ...done, report: { ...done.report, ...changes } })).rejects.toMatchObject(
      constraint(name),
    )
  })
})

it('an open task may ask other people with other words, and keeps what it is', async () => {
  const task = openTask()
  await insert(task)
  await save({ ...task, assignees: ['U0OTHER'], work: { ...task.work, instructions: 'Otherwise.' } })
  expect(await store.tasks.find(grant.id, 'give')).toMatchObject({ assignees: ['U0OTHER'] })
  await expect(
    database.sql`update tasks set direction = 'take_away' where id = ${task.id}`,
  ).rejects.toMatchObject(constraint('tasks_answered_once'))
})

it('lists what waits for a person, by id or user group, but not what is about that person', async () => {
  const task = openTask()
  await insert(task)
  const holder = await store.transaction((tx) => tx.accounts.find(grant.holderId))
  const requestsOf = async (names: string[], exceptPersonId = doer.personId) =>
    (await store.tasks.openFor({ names, exceptPersonId }, 50)).rows.map(({ requestId }) => requestId)
  expect(await requestsOf(['U0DOER'])).toContain(grant.requestId)
  expect(await requestsOf(['S0HELPDESK'])).toContain(grant.requestId)
  expect(await requestsOf(['U0NOBODY'])).not.toContain(grant.requestId)
  expect(await requestsOf(['U0DOER'], holder?.personId)).not.toContain(grant.requestId)
  await save(refusedBy(doer, task))
  expect(await requestsOf(['U0DOER'])).not.toContain(grant.requestId)
})

function dates(_: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : value
}
