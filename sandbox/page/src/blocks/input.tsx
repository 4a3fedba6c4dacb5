import { useId } from 'preact/hooks'
import { asObject, asString, type Json } from '../../../json.ts'
import { useBlockContext } from '../elements/block-context.ts'
import { Element } from '../elements/element.tsx'
import { FieldError } from '../elements/field-error.tsx'
import { TextObject } from '../text/text-object.tsx'

const GROUPS = ['radio_buttons', 'checkboxes']

/** A labelled field of a form, with its error below. */
export function InputBlock({ block }: { block: Json }) {
  const id = useId()
  const { errors } = useBlockContext()
  const blockId = asString(block.block_id)
  const element = asObject(block.element)
  const error = errors?.[blockId]
  const described = [error ? `${id}-error` : '', block.hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  const label = (
    <>
      <TextObject text={block.label} />
      {block.optional === true && <span class="optional"> (optional)</span>}
    </>
  )
  const group = GROUPS.includes(asString(element.type))
  const classes = ['field', error ? 'wrong' : '', element.focus_on_load === true ? 'focus-on-load' : '']
  return (
    <div class={classes.filter(Boolean).join(' ')}>
      {group ? (
        <span class="label">{label}</span>
      ) : (
        <label class="label" for={id}>
          {label}
        </label>
      )}
      <Element
        blockId={blockId}
        element={element}
        dispatches={block.dispatch_action === true}
        naming={{
          id,
          invalid: error !== undefined,
          required: block.optional !== true,
          ...(group ? { label: asString(asObject(block.label).text) } : {}),
          ...(described ? { describedBy: described } : {}),
        }}
      />
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {block.hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          <TextObject text={block.hint} />
        </p>
      )}
      <FieldError blockId={blockId} />
    </div>
  )
}
