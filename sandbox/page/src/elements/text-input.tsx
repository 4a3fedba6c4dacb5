import type { InputHTMLAttributes } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { asArray, asObject, asObjects, asString, type Json } from '../../../json.ts'
import { change, type Spot } from '../state/acting.ts'
import { keepDraft } from '../state/drafts.ts'
import { aria, type Naming, useBlockContext } from './block-context.ts'

const TYPES: Record<string, 'email' | 'url' | 'number'> = {
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
}

/** A text field. Sends the text to the server while one types; the app is told where the element dispatches. */
export function TextInput({ spot, naming, dispatches }: { spot: Spot; naming: Naming; dispatches: boolean }) {
  const { element, holder, blockId } = spot
  const { values } = useBlockContext()
  const actionId = asString(element.action_id)
  const known = typedIn(values?.[blockId]?.[actionId]) ?? initialOf(element)
  const [value, setValue] = useState(known)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const tellsOn = dispatchOf(element)

  const type = (typed: string) => {
    setValue(typed)
    if (holder.kind !== 'message') {
      keepDraft({ viewId: holder.viewId, blockId, actionId, value: typed, home: holder.kind === 'home' })
    }
    if (!dispatches || !tellsOn.includes('on_character_entered')) return
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void change(spot, typed), 400)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing || multiline) return
    if (!dispatches || !tellsOn.includes('on_enter_pressed')) return
    event.preventDefault()
    void change(spot, value)
  }
  const multiline = element.multiline === true || element.type === 'rich_text_input'
  const shared = {
    ...aria(naming),
    value,
    placeholder: asString(asObject(element.placeholder).text),
    onInput: (event: { currentTarget: { value: string } }) => type(event.currentTarget.value),
    onKeyDown,
  }
  const max = typeof element.max_length === 'number' ? element.max_length : undefined
  return (
    <span class="text-input">
      {multiline ? (
        <textarea {...shared} rows={4} />
      ) : (
        // The type of the input sets its role.
        <input
          {...({ ...shared, type: TYPES[asString(element.type)] ?? 'text' } as InputHTMLAttributes)}
          {...(element.is_decimal_allowed === true ? { step: 'any' } : {})}
        />
      )}
      {max !== undefined && (
        <small class={`counter${value.length > max ? ' over' : ''}`}>
          <span class="unseen">Characters: </span>
          {value.length}/{max}
        </small>
      )}
    </span>
  )
}

function dispatchOf(element: Json): string[] {
  const on = asArray(asObject(element.dispatch_action_config).trigger_actions_on).map(String)
  return on.length > 0 ? on : ['on_enter_pressed']
}

function typedIn(state: Json | undefined): string | undefined {
  if (!state) return undefined
  if (typeof state.value === 'string') return state.value
  return state.rich_text_value ? initialOf({ initial_value: state.rich_text_value }) : undefined
}

function initialOf({ initial_value }: Json): string {
  if (typeof initial_value === 'string') return initial_value
  const sections = asObjects(asObject(initial_value).elements)
  return sections
    .map((s) =>
      asObjects(s.elements)
        .map((e) => asString(e.text))
        .join(''),
    )
    .join('\n')
}
