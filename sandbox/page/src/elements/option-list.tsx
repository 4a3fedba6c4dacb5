import { useEffect, useRef } from 'preact/hooks'
import type { Option } from '../../../types.ts'
import { EmojiText } from '../text/emoji.tsx'
import { groupsOf } from './options.ts'
import type { LoadState } from './use-suggestions.ts'

interface OptionListProps {
  id: string
  open: boolean
  state: LoadState
  minQuery: number
  options: Option[]
  active: number
  chosen: Option[]
  onChoose(option: Option): void
}

/** The list below a combobox. The focus stays in the field; `aria-activedescendant` names the active option. */
export function OptionList({
  id,
  open,
  state,
  minQuery,
  options,
  active,
  chosen,
  onChoose,
}: OptionListProps) {
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    root.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const line = (option: Option) => {
    const at = options.indexOf(option)
    const picked = chosen.some(({ value }) => value === option.value)
    return (
      <div
        key={option.value}
        id={`${id}-${at}`}
        role="option"
        tabIndex={-1}
        aria-selected={picked}
        class={`option${at === active ? ' active' : ''}`}
        // On mouse down: on click the field has lost the focus and the list is closed.
        onMouseDown={(event) => {
          event.preventDefault()
          onChoose(option)
        }}
      >
        <EmojiText text={option.text} />
        {option.description && (
          <small>
            <EmojiText text={option.description} />
          </small>
        )}
      </div>
    )
  }
  return (
    <div class="options" hidden={!open}>
      <div ref={root} id={id} role="listbox" aria-label="Options">
        {groupsOf(options).map(([group, some]) =>
          group ? (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset is no child of a listbox
            <div key={group} role="group" aria-label={group}>
              <div class="group-label" aria-hidden="true">
                {group}
              </div>
              {some.map(line)}
            </div>
          ) : (
            some.map(line)
          ),
        )}
      </div>
      {options.length === 0 && (
        <p class="hint" role="status">
          {WORDS[state] ?? `Type ${minQuery} or more characters`}
        </p>
      )}
    </div>
  )
}

const WORDS: Partial<Record<LoadState, string>> = { loading: 'Loading…', ready: 'No results', idle: '' }
