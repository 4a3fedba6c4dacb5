import { signal } from '@preact/signals'
import type { Json } from '../../../json.ts'

/** The open confirm dialog, if any. */
export const confirming = signal<{ dialog: Json; answer: (yes: boolean) => void } | null>(null)

export function askToConfirm(dialog: Json): Promise<boolean> {
  return new Promise((resolve) => {
    confirming.value = {
      dialog,
      answer(yes) {
        confirming.value = null
        resolve(yes)
      },
    }
  })
}
