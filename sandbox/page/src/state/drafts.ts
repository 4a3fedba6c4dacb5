import { control } from './control.ts'

/** Text that was typed and not sent to the server yet, by view, block and action. */
interface Draft {
  viewId: string
  blockId: string
  actionId: string
  value: string
  home: boolean
}

const unsent = new Map<string, Draft>()
let timer: ReturnType<typeof setTimeout> | undefined
let sending: Promise<unknown> = Promise.resolve()

/** Each payload has the present values of all fields. So drafts are sent to the server soon, and before each action. */
export function keepDraft(draft: Draft): void {
  unsent.set(`${draft.viewId} ${draft.blockId} ${draft.actionId}`, draft)
  clearTimeout(timer)
  timer = setTimeout(() => void flushDrafts(), 300)
}

export async function flushDrafts(): Promise<void> {
  clearTimeout(timer)
  const all = [...unsent.values()]
  unsent.clear()
  for (const home of [true, false]) {
    const fields = all
      .filter((draft) => draft.home === home)
      .map(({ blockId, actionId, value }) => ({ blockId, actionId, value }))
    if (fields.length > 0) sending = sending.then(() => control.fill(fields, home)).catch(() => {})
  }
  await sending
}
