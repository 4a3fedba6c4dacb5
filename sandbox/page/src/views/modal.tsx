import { useEffect, useRef, useState } from 'preact/hooks'
import type { VisibleView } from '../../../types.ts'
import { Blocks } from '../blocks/block.tsx'
import { BlockContext } from '../elements/block-context.ts'
import { control, errorText } from '../state/control.ts'
import { flushDrafts } from '../state/drafts.ts'
import { apps, views } from '../state/store.ts'
import { EmojiText } from '../text/emoji.tsx'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

/** The modal on top of this person's stack. */
export function ModalStack() {
  const top = views.value.at(-1)
  return top ? <Modal key={top.id} view={top} depth={views.value.length} /> : null
}

function Modal({ view, depth }: { view: VisibleView; depth: number }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const body = useRef<HTMLDivElement>(null)
  const titleId = `title-${view.id}`
  const app = apps.value.find(({ appId }) => appId === view.appId)
  const wrong = Object.keys(view.errors).join()
  useEffect(() => {
    if (wrong) body.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [wrong])

  const guarded = (operation: () => Promise<{ error?: string } | null>) => async () => {
    setBusy(true)
    setError('')
    try {
      await flushDrafts()
      setError((await operation())?.error ?? '')
    } catch (error) {
      setError(errorText(error))
    } finally {
      setBusy(false)
    }
  }
  const submit = guarded(() => control.submit())
  const close = guarded(() => control.closeView(false))
  const closeAll = guarded(() => control.closeView(true))
  return (
    <Dialog class="modal" labelledBy={titleId} onClose={close}>
      <form
        noValidate
        aria-busy={busy}
        onSubmit={(event) => {
          event.preventDefault()
          if (view.submit && !busy) void submit()
        }}
      >
        <header>
          {depth > 1 && (
            <button type="button" class="button icon" aria-label="Back" onClick={close}>
              <Icon name="back" />
            </button>
          )}
          <h2 id={titleId}>
            <EmojiText text={view.title} />
          </h2>
          <small>{app?.name}</small>
          <button type="button" class="button icon" aria-label="Close" onClick={closeAll}>
            <Icon name="cross" />
          </button>
        </header>
        <div class="modal-body" ref={body}>
          <BlockContext.Provider
            value={{ holder: { kind: 'modal', viewId: view.id }, values: view.values, errors: view.errors }}
          >
            <Blocks blocks={view.blocks} />
          </BlockContext.Provider>
        </div>
        {error && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <footer>
          <button type="button" class="button" onClick={close}>
            {view.close ?? 'Close'}
          </button>
          {view.submit && (
            <button type="submit" class="button primary" disabled={busy}>
              {busy && <span class="spinner" />}
              {view.submit}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  )
}
