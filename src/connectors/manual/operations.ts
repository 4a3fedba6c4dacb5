import {
  type AccessOrder,
  ConnectorError,
  type ConnectorErrorCode,
  type Credentials,
  type Evidence,
  type HeldLease,
} from '../../domain/connector.ts'
import type { Task, TaskDirection, TaskWork } from '../../domain/task.ts'
import type { ManualEntitlement } from './schema.ts'
import type { TaskList } from './task-list.ts'

export interface ManualTarget {
  /** The id of the resource. */
  readonly id: string
  readonly offers: ReadonlyMap<string, ManualEntitlement>
  readonly tasks: TaskList
}

type Order = AccessOrder<ManualEntitlement | null>

/** Asks somebody to give the access. Resolves when somebody has confirmed that. */
export async function giveByHand(
  target: ManualTarget,
  order: AccessOrder<ManualEntitlement>,
): Promise<Evidence> {
  const { tasks } = target
  requireLogin(target, order)
  if (order.until <= tasks.now()) throw failed(target, 'conflict', 'the lease is over already.', false)
  const task = await tasks.ensure(order.grantId, 'give', workOf(target, order, 'give'))
  switch (task?.status) {
    case 'open':
      throw awaiting('A person gives this access by hand and has not confirmed it yet.')
    case 'done':
      return attested(`A person confirmed that ${task.work.role} was given.`, task.doneAt, task)
    case 'refused':
      throw failed(target, 'conflict', cannotGive, false)
    case 'withdrawn':
    case undefined:
      // Asked once more, Daypass finds that the grant moved on. Otherwise its login was changed, and that needs another request.
      throw failed(
        target,
        'conflict',
        'this access is no longer to be given. Ask for it again.',
        task === null,
      )
  }
}

const cannotGive =
  'the person who was asked cannot give this access. The reason stands with the task: solve it, then ask again.'

/** Asks somebody to take the access away, where it may have been given. Resolves when somebody has confirmed that. */
export async function takeAwayByHand(target: ManualTarget, order: Order): Promise<Evidence> {
  const { tasks } = target
  const given = await tasks.withdraw(order.grantId, 'give')
  if (!given) return attested('Nobody was asked to give this access.', tasks.now())
  if (given.status === 'refused')
    return attested('A person said that this access could not be given.', given.refusal.at, given)
  if (await isGivenByAnother(target, order)) {
    const left = await tasks.withdraw(order.grantId, 'take_away')
    if (left?.status !== 'done') return leftToAnother(target)
  }
  const work = workOf(target, order, 'take_away', given.status !== 'done')
  const task = await tasks.ensure(order.grantId, 'take_away', work)
  switch (task?.status) {
    case 'done':
      return attested(`A person confirmed that ${task.work.role} was taken away.`, task.doneAt, task)
    case 'open':
      throw awaiting('A person takes this access away by hand and has not confirmed it yet.')
    case 'refused':
      throw failed(target, 'still_present', cannotTakeAway, true)
    case 'withdrawn':
      // Withdrawn when another lease gave the same. The end of that one takes it away.
      return leftToAnother(target)
    case undefined:
      throw failed(target, 'misconfigured', nobodyToAsk, true)
  }
}

const cannotTakeAway =
  'the person who was asked cannot take this access away. The reason stands with the task. Have it taken away, and press Done there.'
const nobodyToAsk =
  'the catalog names nobody who could take this access away. Name people there until nothing is held.'

/** What the person who gave it wrote about it. Null: nothing. */
export async function howToConnect(target: ManualTarget, order: Order): Promise<Credentials | null> {
  const [given, taken] = await Promise.all([
    target.tasks.find(order.grantId, 'give'),
    target.tasks.find(order.grantId, 'take_away'),
  ])
  if (given?.status !== 'done' || taken) throw failed(target, 'not_granted', 'nobody has this access.', false)
  const { howToConnect: value } = given.report
  if (value === null) return null
  const fields = [{ label: 'How to connect', value }]
  return { fields, commands: [], expiresAt: order.until, isSecret: false }
}

/** The same role, which somebody has given for another live lease of the login. */
async function isGivenByAnother(
  { tasks }: ManualTarget,
  { alsoHeld = [], ...order }: Order,
): Promise<boolean> {
  const same = alsoHeld.filter((lease) => isSame(lease, order))
  const given = await Promise.all(same.map(({ grantId }) => tasks.find(grantId, 'give')))
  return given.some((task) => task?.status === 'done')
}

function isSame(
  { entitlementId, content }: HeldLease<ManualEntitlement>,
  order: Omit<Order, 'alsoHeld'>,
): boolean {
  return order.content ? content.role === order.content.role : entitlementId === order.entitlementId
}

function leftToAnother({ tasks }: ManualTarget): Evidence {
  const summary = 'Another lease gives the same, so nobody was asked to take it away.'
  return { ...attested(summary, tasks.now()), remains: 'The same access goes on by another lease.' }
}

/** The role is the approved one. How it is given or taken away is what the catalog says now, where it still offers it. */
function workOf(
  { offers }: ManualTarget,
  { content, entitlementId, holder }: Order,
  direction: TaskDirection,
  isUncertain = false,
): TaskWork {
  const { role, login } = content ?? { role: entitlementId, login: undefined }
  const { instructions = null, takeAway = null, runbook = null } = offers.get(entitlementId) ?? content ?? {}
  return {
    role,
    login: login === undefined ? null : (holder.identity ?? null),
    instructions: direction === 'give' ? instructions : takeAway,
    runbook,
    isUncertain,
  }
}

/** What people typed is on the task alone, and not in evidence, which goes into the audit log. */
function attested(summary: string, readAt: Date, task: Task | null = null): Evidence {
  return { readAt, summary, facts: task ? { task: task.id } : {}, proof: 'attested' }
}

function awaiting(message: string): ConnectorError {
  return new ConnectorError('awaiting_person', message, { retryable: true })
}

function failed(
  { id }: ManualTarget,
  code: ConnectorErrorCode,
  what: string,
  retryable: boolean,
): ConnectorError {
  return new ConnectorError(code, `${id}: ${what}`, { retryable })
}

function requireLogin(target: ManualTarget, { holder }: Order): void {
  if (holder.identity === undefined)
    throw failed(target, 'misconfigured', 'the order names no login of the holder.', false)
}
