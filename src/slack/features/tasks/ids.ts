/** Buttons on messages about a task, and on the Home tab. */
export const taskActionIds = {
  done: 'daypass.task.done',
  cannot: 'daypass.task.cannot',
} as const

export const doneViewId = 'daypass.task.done'
export const cannotViewId = 'daypass.task.cannot'

export const taskInputIds = {
  whatWasDone: 'daypass.form.what_was_done',
  evidence: 'daypass.form.evidence',
  howToConnect: 'daypass.form.how_to_connect',
} as const
