import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DialogProps {
  class: string
  labelledBy: string
  /** Escape; where `light`, a click beside it too. */
  onClose(): void
  /** A click beside the dialog closes it: it holds no input that would be lost. */
  light?: boolean
  children: ComponentChildren
}

/** The browser's modal dialog, which holds the focus and restores it afterwards. */
export function Dialog({ class: name, labelledBy, onClose, light = false, children }: DialogProps) {
  const root = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = root.current
    dialog?.showModal()
    if (dialog) firstField(dialog)?.focus()
    // An open dialog that is removed does not restore the focus.
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      ref={root}
      class={name}
      aria-labelledby={labelledBy}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (light && event.target === root.current) onClose()
      }}
    >
      {children}
    </dialog>
  )
}

/** The field with `focus_on_load`, or else the first one. As in Slack, not the close button. */
function firstField(dialog: HTMLElement): HTMLElement | null {
  const fields = 'input, textarea, select'
  return dialog.querySelector<HTMLElement>(`.focus-on-load :is(${fields})`) ?? dialog.querySelector(fields)
}
