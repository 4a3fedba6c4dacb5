import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { daypass } from '../../domain/audit-event.ts'
import type { Catalog } from '../../domain/catalog.ts'
import type { Grant } from '../../domain/grant.ts'
import { mostReaders } from '../../domain/message.ts'
import type { Ports } from '../../domain/ports.ts'
import type { OpenTask, PersonTasks, RefusedTask, Task, TaskDirection, TaskOrder } from '../../domain/task.ts'
import { isToDo, mayBecome } from '../../domain/task.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { orderTaskMessages, redrawTask, remindAt } from '../_shared/order-tasks.ts'

type TaskPorts = Pick<Ports, 'store' | 'clock'> & {
  /** The catalog that holds now. */
  readonly catalog: () => Pick<Catalog, 'resources'>
}

/** The tasks of people in Daypass's own database. The grant is locked before its task, as everywhere. */
export function personTasks({ store, clock, catalog }: TaskPorts): PersonTasks {
  return {
    now: () => clock.now(),
    find: (grantId, direction) => store.tasks.find(grantId, direction),
    countOpen: (resourceId) => store.tasks.countOpen(resourceId),
    ensure: (order) =>
      store.transaction(async (tx) => {
        const grant = await tx.grants.lock(order.grantId)
        if (!grant) return null
        const known = await tx.tasks.lock(order.grantId, order.direction)
        if (!known) return openTask(tx, catalog(), grant, order, clock.now())
        return isToDo(known) ? bringUpToDate(tx, catalog(), grant, known, order, clock.now()) : known
      }),
    withdraw: (grantId, direction) =>
      store.transaction(async (tx) => {
        const grant = await tx.grants.lock(grantId)
        const known = grant && (await tx.tasks.lock(grantId, direction))
        return known && mayBecome(known, 'withdrawn') ? withdrawTask(tx, grant, known, clock.now()) : known
      }),
  }
}

async function openTask(
  tx: Transaction,
  { resources }: Pick<Catalog, 'resources'>,
  grant: Grant,
  { direction, work }: TaskOrder,
  now: Date,
): Promise<Task | null> {
  // A late attempt must not ask anybody to give what was taken back meanwhile.
  if (direction === 'give' && grant.status !== 'activating') return null
  const asked = askedBy(resources, grant) ?? (await askedBefore(tx, grant, direction))
  if (!asked) return null
  const task: OpenTask = {
    ...{ id: randomUUID(), grantId: grant.id, direction, status: 'open', openedAt: now, work },
    ...asked,
  }
  const opened = await tx.tasks.insert(task)
  if (!opened) return tx.tasks.lock(grant.id, direction)
  const { assignees, channelId } = opened
  const details = { direction, asked: [...assignees], channel: channelId }
  await tx.audit.append(ofGrant(grant, 'task.opened', daypass, now, { details }))
  await orderTaskMessages(tx, grant, opened, now)
  const reminder = { kind: 'remind_assignees', grantId: grant.id, direction, number: 1 } as const
  await tx.outbox.add(reminder, remindAt(opened, 1, now))
  return opened
}

type Asked = Pick<Task, 'assignees' | 'channelId' | 'readers' | 'remindAfterSeconds'>

/** The people whom the catalog names now. Null: it does not have the resource, or its connector asks nobody. */
function askedBy(resources: Catalog['resources'], { resourceId }: Pick<Grant, 'resourceId'>): Asked | null {
  const resource = resources.get(resourceId)
  const people = resource?.connector.taskPeople
  if (!resource || !people) return null
  const { channel, direct, remindAfterSeconds } = people
  const assignees = people.assignees ?? resource.owners.approvers
  return {
    assignees,
    channelId: direct ? null : (channel ?? resource.owners.channel),
    readers: direct ? assignees : [],
    remindAfterSeconds,
  }
}

/** A resource that left the catalog: those who were asked to give the access are asked to take it away. */
async function askedBefore(
  tx: Transaction,
  { id }: Pick<Grant, 'id'>,
  direction: TaskDirection,
): Promise<Asked | null> {
  const given = direction === 'take_away' ? await tx.tasks.lock(id, 'give') : null
  if (!given) return null
  const { assignees, channelId, readers, remindAfterSeconds } = given
  return { assignees, channelId, readers, remindAfterSeconds }
}

/** The catalog may name other people or another text since the task was opened. */
async function bringUpToDate(
  tx: Transaction,
  { resources }: Pick<Catalog, 'resources'>,
  grant: Grant,
  known: OpenTask | RefusedTask,
  { work }: TaskOrder,
  now: Date,
): Promise<Task> {
  const asked = askedBy(resources, grant)
  // A reader's place in the list is in the key of a message, so nobody leaves it.
  const newReaders = asked?.readers.filter((reader) => !known.readers.includes(reader)) ?? []
  const readers = [...known.readers, ...newReaders].slice(0, mostReaders)
  const present = { ...known, work, ...(asked && { ...asked, readers }) }
  if (isDeepStrictEqual(present, known)) return known
  await tx.tasks.save(present)
  await redrawTask(tx, grant, present, now)
  await orderTaskMessages(tx, grant, present, now, { first: known.readers.length })
  return present
}

async function withdrawTask(tx: Transaction, grant: Grant, known: Task, now: Date): Promise<Task> {
  const { id, grantId, direction, openedAt, work, assignees, channelId, readers, remindAfterSeconds } = known
  const base = { id, grantId, direction, openedAt, work, assignees, channelId, readers, remindAfterSeconds }
  const withdrawn: Task = { ...base, status: 'withdrawn', withdrawnAt: now }
  await tx.tasks.save(withdrawn)
  await tx.audit.append(ofGrant(grant, 'task.withdrawn', daypass, now, { details: { direction } }))
  await redrawTask(tx, grant, withdrawn, now)
  return withdrawn
}
