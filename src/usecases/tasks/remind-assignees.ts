import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { isToDo, taskDirections } from '../../domain/task.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { orderTaskMessages, redrawTask, remindAt } from '../_shared/order-tasks.ts'

const data = z.object({ grantId: z.guid(), direction: z.enum(taskDirections), number: z.number() })
declare module '../../domain/effect.ts' {
  interface Effects {
    remind_assignees: z.infer<typeof data>
  }
}

/** The pauses double, so this is a matter of weeks. Security knows by then. */
const mostReminders = 30

/** Reminds the people who are asked to do a task, and orders the next reminder. A message that somebody deleted comes back. */
async function remindAssignees(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { grantId, direction, number }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const grant = await tx.grants.lock(grantId)
    const task = grant && (await tx.tasks.lock(grantId, direction))
    if (!task) return done('there is no such task')
    if (!isToDo(task)) return done(`the task is ${task.status}`)
    const now = clock.now()
    await redrawTask(tx, grant, task, now)
    await orderTaskMessages(tx, grant, task, now, { reminder: number })
    if (number < mostReminders) {
      const next = { kind: 'remind_assignees', grantId, direction, number: number + 1 } as const
      await tx.outbox.add(next, remindAt(task, number + 1, now))
    }
    return done('reminded')
  })
}

export const remindAssigneesEffect = defineEffect({
  kind: 'remind_assignees',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(remindAssignees),
})
