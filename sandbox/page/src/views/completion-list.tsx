import type { Completion } from './completions.ts'

interface CompletionListProps {
  id: string
  options: readonly Completion[]
  active: number
  onTake(option: Completion): void
}

/** The completions of the typed text. The focus stays in the field. */
export function CompletionList({ id, options, active, onTake }: CompletionListProps) {
  return (
    <div class="completions" id={id} role="listbox" aria-label="Suggestions" hidden={options.length === 0}>
      {options.map((option, i) => (
        <div
          key={option.shortcut ?? option.insert}
          id={`${id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          class={`option${i === active ? ' active' : ''}`}
          onMouseDown={(event) => {
            event.preventDefault()
            onTake(option)
          }}
        >
          <strong>{option.title}</strong> <span class="hint">{option.hint}</span>
          {option.description && <small>{option.description}</small>}
        </div>
      ))}
    </div>
  )
}
