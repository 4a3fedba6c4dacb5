import { control } from './control.ts'

/** What was typed and the server does not know yet: by view, block and action. */
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

/** Slack knows what stands in a field whenever the app is told of anything. So must the server: soon, and before each action. */
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
