import { asObject, asString } from '../../../json.ts'
import { confirming } from '../state/confirming.ts'
import { TextObject } from '../text/text-object.tsx'
import { Dialog } from './dialog.tsx'

/** The confirm dialog of an element. */
export function ConfirmDialog() {
  const now = confirming.value
  if (!now) return null
  const { dialog, answer } = now
  const style = asString(dialog.style) === 'danger' ? 'danger' : 'primary'
  return (
    <Dialog class="modal confirm" labelledBy="confirm-title" onClose={() => answer(false)}>
      <header>
        <h2 id="confirm-title">{asString(asObject(dialog.title).text)}</h2>
      </header>
      <div class="modal-body">
        <TextObject text={dialog.text} />
      </div>
      <footer>
        <button type="button" class="button" onClick={() => answer(false)}>
          {asString(asObject(dialog.deny).text)}
        </button>
        <button type="button" class={`button ${style}`} onClick={() => answer(true)}>
          {asString(asObject(dialog.confirm).text)}
        </button>
      </footer>
    </Dialog>
  )
}
