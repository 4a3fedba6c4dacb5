import type { Account } from '../../src/domain/account.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import type { Task, TaskDirection, TaskWithPeople } from '../../src/domain/task.ts'
import { at, historiesOf, type Texts } from './_histories.ts'

/** Requests for access that people give and take away by hand, in every state of their tasks. */
export function tasksOf(texts: Texts): Record<string, RequestHistory> {
  const all = historiesOf(texts)
  const {
    activating,
    active,
    revoking,
    'revocation failed': failed,
    ended,
    'activation failed': refused,
  } = all
  if (!activating || !active || !revoking || !failed || !ended || !refused) throw new Error('no such history')
  const doer: Account = { ...activating.requester, id: 'U0DANA', personId: 'U0DANA', userId: 'U0DANA' }
  const base = (direction: TaskDirection) => ({
    id: `task ${direction}`,
    grantId: 'grant',
    direction,
    openedAt: at(20),
    work: {
      role: texts.name,
      login: texts.displayName,
      instructions: texts.justification.slice(0, 1_000),
      runbook: 'https://runbook.test/payroll',
      isUncertain: direction === 'take_away',
    },
    assignees: ['U0DANA', ...Array.from({ length: 20 }, () => 'S0HELPDESK')],
    channelId: 'C0HELPDESK',
    readers: [],
    remindAfterSeconds: 1_800,
  })
  const refusal = { at: at(25), byId: doer.id, reason: texts.reason }
  const report = {
    whatWasDone: texts.justification.slice(0, 1_000),
    evidence: texts.reason.slice(0, 1_000),
    howToConnect: texts.justification.slice(0, 1_000),
  }
  const withPeople = (task: Task): TaskWithPeople => ({
    ...task,
    doer: task.status === 'done' ? doer : null,
    refuser: 'refusal' in task && task.refusal ? doer : null,
  })
  const open = (direction: TaskDirection) => withPeople({ ...base(direction), status: 'open' })
  const cannot = (direction: TaskDirection) => withPeople({ ...base(direction), status: 'refused', refusal })
  const done = (direction: TaskDirection) =>
    withPeople({
      ...base(direction),
      ...{ status: 'done', doneAt: at(30), doneById: doer.id, report },
      refusal: direction === 'take_away' ? refusal : null,
    })
  const withdrawn = withPeople({ ...base('give'), status: 'withdrawn', withdrawnAt: at(40) })
  return {
    'asked to be given': { ...activating, tasks: [open('give')] },
    'not to be given by hand': { ...refused, tasks: [cannot('give')] },
    'given by hand': { ...active, tasks: [done('give')] },
    'asked to be taken away': { ...revoking, tasks: [withdrawn, open('take_away')] },
    'not to be taken away by hand': { ...failed, tasks: [done('give'), cannot('take_away')] },
    'taken away by hand': { ...ended, tasks: [done('give'), done('take_away')] },
  }
}
