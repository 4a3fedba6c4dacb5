import { actorOf } from '../../domain/audit-event.ts'
import { cleanFreeText } from '../../domain/free-text.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import { type SaidText, said } from '../../domain/record/said-text.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { looksLikeSecret } from '../../domain/secret-like.ts'
import {
  isToDo,
  longestReportText,
  mayBecome,
  type Task,
  type TaskDirection,
  type TaskReport,
  type TaskWithPeople,
} from '../../domain/task.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { redrawTask } from '../_shared/order-tasks.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { judgeAssignee, type WhyNot } from './_answer/judge-assignee.ts'

export interface TaskKey {
  readonly requestId: string
  readonly direction: TaskDirection
}

/** What a person says about a task. */
export type Said =
  | {
      readonly kind: 'done'
      readonly whatWasDone: string
      readonly evidence: string
      readonly howToConnect: string | null
    }
  | { readonly kind: 'cannot'; readonly reason: string }

export type ReportField = keyof TaskReport | 'reason'

interface About {
  readonly history: RequestHistory
  readonly task: TaskWithPeople
}

/** `answered_before`: another person was faster. `not_needed`: the request moved on before anybody answered. */
export type NotAnswerable =
  | (About & { readonly kind: 'answered_before' | 'not_needed' })
  | (About & { readonly kind: 'refused'; readonly because: WhyNot })
  | { readonly kind: 'unknown' }

export type MayAnswerTask = (About & { readonly kind: 'may' }) | NotAnswerable
export type TaskAnswer =
  | (About & { readonly kind: 'answered' })
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<ReportField>[] }
  | NotAnswerable

type AnswerPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `answerTask`, for the form. It also records a refusal. */
export async function mayAnswerTask(
  ports: AnswerPorts,
  { by, task, kind }: { by: AccountKey; task: TaskKey; kind: Said['kind'] },
): Promise<MayAnswerTask> {
  const answer = await examine(ports, by, task, kind)
  return answer.kind === 'may' ? { kind: 'may', history: answer.history, task: answer.task } : answer
}

/**
 * Records what a person says who was asked to give an access or to take it away, and has the connector look at once. No policy
 * is asked: the catalog names these people. Nobody answers for their own access. Throws `DirectoryUnavailable`.
 */
export async function answerTask(
  ports: AnswerPorts,
  { by, task: key, said }: { by: AccountKey; task: TaskKey; said: Said },
): Promise<TaskAnswer> {
  const may = await examine(ports, by, key, said.kind)
  if (may.kind !== 'may') return may
  const read = readSaid(said)
  if ('problems' in read) return { kind: 'invalid', problems: read.problems }
  const { history, task, person } = may
  const kind = await ports.store.transaction((tx) => record(tx, ports, task, person, read))
  if (kind === 'own') return refuse(ports, person, may, 'own_access')
  if (kind === 'not_needed') await recordLate(ports, person, may)
  const latest = (await ports.store.histories.byRequest(key.requestId)) ?? history
  return { kind, history: latest, task: taskIn(latest, key.direction) ?? task }
}

type Read =
  | { readonly kind: 'done'; readonly report: TaskReport }
  | { readonly kind: 'cannot'; readonly reason: string }

async function record(
  tx: Transaction,
  { clock }: Pick<Ports, 'clock'>,
  { grantId, direction }: Pick<Task, 'grantId' | 'direction'>,
  { account: clicked }: Identified,
  read: Read,
): Promise<'answered' | 'answered_before' | 'not_needed' | 'own'> {
  const grant = await tx.grants.lock(grantId)
  const task = grant && (await tx.tasks.lock(grantId, direction))
  if (!task) return 'not_needed'
  if (isOvertaken(task, grant)) return 'not_needed'
  if (!mayBecome(task, read.kind === 'done' ? 'done' : 'refused')) return 'answered_before'
  const account = await tx.accounts.upsert(clicked)
  const holder = await tx.accounts.find(grant.holderId)
  if (holder?.personId === account.personId) return 'own'
  const now = clock.now()
  const answered = answeredTask(task, account.id, now, read)
  await tx.tasks.save(answered)
  const action = read.kind === 'done' ? 'task.done' : 'task.refused'
  await tx.audit.append(
    ofGrant(grant, action, actorOf(account), now, {
      details: { direction, task: task.id },
      said: saidIn(task.id, read),
    }),
  )
  await wakeConnector(tx, grant, direction, now)
  await redrawTask(tx, grant, answered, now)
  return 'answered'
}

function saidIn(taskId: string, read: Read): SaidText[] {
  if (read.kind === 'cannot') return said(taskId, { task_refusal: read.reason })
  const { whatWasDone, evidence, howToConnect } = read.report
  return said(taskId, { work_done: whatWasDone, work_evidence: evidence, how_to_connect: howToConnect })
}

/** The grant moved on, and its revocation has not withdrawn the task yet; or it has. */
function isOvertaken({ direction, status }: Task, grant: Grant): boolean {
  return (
    status === 'withdrawn' || (direction === 'give' && status === 'open' && grant.status !== 'activating')
  )
}

function answeredTask(task: Task, byId: string, now: Date, read: Read): Task {
  if (!isToDo(task)) return task
  const { refusal } = { refusal: null, ...task }
  const base = { ...task, refusal: undefined }
  if (read.kind === 'cannot')
    return { ...base, status: 'refused', refusal: { at: now, byId, reason: read.reason } }
  return { ...base, status: 'done', doneAt: now, doneById: byId, report: read.report, refusal }
}

/** The operation that waits for the answer is repeated now, and not after its pause. */
async function wakeConnector(
  tx: Transaction,
  { id: grantId, resourceId, generation }: Grant,
  direction: TaskDirection,
  now: Date,
): Promise<void> {
  if (direction === 'give') await tx.outbox.add({ kind: 'activate_grant', grantId, resourceId }, now)
  else await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, now)
}

type Examined = (About & { readonly kind: 'may'; readonly person: Identified }) | NotAnswerable

async function examine(
  ports: AnswerPorts,
  by: AccountKey,
  { requestId, direction }: TaskKey,
  kind: Said['kind'],
): Promise<Examined> {
  const history = await ports.store.histories.byRequest(requestId)
  const task = history && taskIn(history, direction)
  if (!task || !history.grant) return { kind: 'unknown' }
  const about = { history, task }
  const { person, because } = await judgeAssignee(ports, by, history, task)
  if (because) return refuse(ports, person, about, because)
  if (isOvertaken(task, history.grant)) {
    await recordLate(ports, person, about)
    return { kind: 'not_needed', ...about }
  }
  if (!mayBecome(task, kind === 'done' ? 'done' : 'refused')) return { kind: 'answered_before', ...about }
  return { kind: 'may', ...about, person }
}

function taskIn({ tasks }: RequestHistory, direction: TaskDirection): TaskWithPeople | null {
  return tasks.find((task) => task.direction === direction) ?? null
}

async function refuse(
  ports: AnswerPorts,
  person: Identified,
  about: About,
  because: WhyNot,
): Promise<NotAnswerable> {
  await recordUnused(ports, person, about, because)
  return { kind: 'refused', ...about, because }
}

/** Somebody may have given what is not to be given any more. The task to take it away asks for exactly that. */
function recordLate(ports: AnswerPorts, person: Identified, about: About): Promise<void> {
  return recordUnused(ports, person, about, 'too_late')
}

async function recordUnused(
  ports: AnswerPorts,
  { account }: Identified,
  { history: { grant }, task: { direction } }: About,
  because: WhyNot | 'too_late',
): Promise<void> {
  if (!grant) return
  await recordRefusal(ports, account, (actor, at) =>
    ofGrant(grant, 'task.answer_refused', actor, at, { details: { direction, because } }),
  )
}

function readSaid(said: Said): Read | { readonly problems: readonly FieldProblem<ReportField>[] } {
  if (said.kind === 'cannot') {
    const read = readReason(said.reason)
    if ('problem' in read) return { problems: [read.problem] }
    const problem = secretIn('reason', read.reason)
    return problem ? { problems: [problem] } : { kind: 'cannot', reason: read.reason }
  }
  const whatWasDone = cleanFreeText(said.whatWasDone)
  const evidence = cleanFreeText(said.evidence)
  const howToConnect = cleanFreeText(said.howToConnect ?? '')
  const problems = [
    problemOf('whatWasDone', whatWasDone, 'Say what you did, in a few words.'),
    problemOf('evidence', evidence, 'Give a link, or a sentence by which an auditor can find it.'),
    problemOf('howToConnect', howToConnect, null),
  ].filter((problem) => problem !== null)
  if (problems.length > 0) return { problems }
  return {
    kind: 'done',
    report: { whatWasDone, evidence, howToConnect: howToConnect === '' ? null : howToConnect },
  }
}

/** `missing`: what to say where the field is empty. Null: it may be. */
function problemOf(
  field: ReportField,
  text: string,
  missing: string | null,
): FieldProblem<ReportField> | null {
  if (text === '') return missing === null ? null : { field, message: missing }
  if (text.length > longestReportText)
    return {
      field,
      message: `That is ${text.length} characters; ${longestReportText} is the most that fits.`,
    }
  return secretIn(field, text)
}

function secretIn(field: ReportField, text: string): FieldProblem<ReportField> | null {
  if (!looksLikeSecret(text)) return null
  const message =
    'This looks like a password, a key or a token, and Daypass stores what you write. Say where it is found instead.'
  return { field, message }
}
