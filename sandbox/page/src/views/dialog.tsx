import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DialogProps {
  class: string
  labelledBy: string
  /** Escape; where `light`, a click beside it too. */
  onClose(): void
  /** Nothing in it would be lost by a click astray. */
  light?: boolean
  children: ComponentChildren
}

/** The browser's own modal dialog: it keeps the focus, and gives it back. */
export function Dialog({ class: name, labelledBy, onClose, light = false, children }: DialogProps) {
  const root = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = root.current
    dialog?.showModal()
    if (dialog) firstField(dialog)?.focus()
    // Removing an open dialog would leave the focus nowhere.
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

/** The field that asks for the focus, or else the first one: as in Slack, not the cross. */
function firstField(dialog: HTMLElement): HTMLElement | null {
  const fields = 'input, textarea, select'
  return dialog.querySelector<HTMLElement>(`.focus-on-load :is(${fields})`) ?? dialog.querySelector(fields)
}
