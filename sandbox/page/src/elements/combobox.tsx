import { useRef, useState } from 'preact/hooks'
import type { Option } from '../../../types.ts'
import { EmojiText } from '../text/emoji.tsx'
import { Icon } from '../views/icon.tsx'
import { aria, type Naming } from './block-context.ts'
import { OptionList } from './option-list.tsx'
import { useSuggestions } from './use-suggestions.ts'

interface ComboboxProps {
  naming: Naming
  placeholder: string
  /** Characters to type before anything is offered. */
  minQuery: number
  many?: boolean
  chosen: Option[]
  load(query: string): Promise<Option[]>
  onChoose(options: Option[]): void
}

/** Type-ahead by the ARIA combobox pattern: arrows move, Enter chooses, Escape closes only the list. */
export function Combobox({
  naming,
  placeholder,
  minQuery,
  many = false,
  chosen,
  load,
  onChoose,
}: ComboboxProps) {
  const [query, setQuery] = useState<string | null>(null)
  const [active, setActive] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const open = query !== null
  const { options, state } = useSuggestions(query, minQuery, load)
  const listId = `${naming.id}-list`

  const choose = (option: Option) => {
    const others = chosen.filter(({ value }) => value !== option.value)
    onChoose(many ? (others.length < chosen.length ? others : [...chosen, option]) : [option])
    setQuery(many ? '' : null)
    setActive(0)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => (open ? setActive((active + 1) % Math.max(options.length, 1)) : setQuery('')),
      ArrowUp: () => setActive((active - 1 + options.length) % Math.max(options.length, 1)),
      Enter: () => options[active] && choose(options[active]),
      Escape: () => setQuery(null),
    }
    const step = steps[event.key]
    if (event.key === 'Backspace' && many && !query && chosen.length > 0) return onChoose(chosen.slice(0, -1))
    if (!step || (!open && event.key !== 'ArrowDown')) return
    event.preventDefault()
    event.stopPropagation()
    step()
  }
  return (
    <div class="combobox">
      {many && <Chips chosen={chosen} onRemove={(gone) => onChoose(chosen.filter((o) => o !== gone))} />}
      <div class="combobox-field">
        <input
          {...aria(naming)}
          ref={input}
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-expanded={open}
          aria-controls={listId}
          aria-autocomplete="list"
          {...(open && options[active] ? { 'aria-activedescendant': `${listId}-${active}` } : {})}
          placeholder={placeholder}
          value={query ?? (many ? '' : (chosen[0]?.text ?? ''))}
          onClick={() => setQuery(query ?? '')}
          onInput={(event) => {
            setQuery(event.currentTarget.value)
            setActive(0)
          }}
          onBlur={() => setQuery(null)}
          onKeyDown={onKeyDown}
        />
        <Icon name="chevron" />
      </div>
      <OptionList
        id={listId}
        open={open}
        state={state}
        minQuery={minQuery}
        options={options}
        active={active}
        chosen={chosen}
        onChoose={choose}
      />
      {!many && chosen[0]?.description && !open && (
        <small class="hint">
          <EmojiText text={chosen[0].description} />
        </small>
      )}
    </div>
  )
}

function Chips({ chosen, onRemove }: { chosen: Option[]; onRemove: (option: Option) => void }) {
  if (chosen.length === 0) return null
  return (
    <ul class="chips" aria-label="Chosen">
      {chosen.map((option) => (
        <li key={option.value}>
          {option.text}
          <button type="button" aria-label={`Remove ${option.text}`} onClick={() => onRemove(option)}>
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ul>
  )
}
