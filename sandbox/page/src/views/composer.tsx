import { useEffect, useRef, useState } from 'preact/hooks'
import { CompletionList } from './completion-list.tsx'
import { type Completion, complete, completionsFor, usageOf } from './completions.ts'
import { Icon } from './icon.tsx'
import { runShortcut, send } from './send.ts'

interface ComposerProps {
  channel: string
  threadTs?: string
  /** The person or channel that receives the message. */
  name: string
}

/** The field for a new message: Enter sends, Shift+Enter adds a line; `/` completes commands and shortcuts, `@` people. */
export function Composer({ channel, threadTs, name }: ComposerProps) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [closed, setClosed] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    // Takes the focus, unless another element of the page has it.
    if (!threadTs && document.activeElement === document.body) field.current?.focus()
  }, [])
  const listId = `completions-${threadTs ?? channel}`
  const options = closed ? [] : completionsFor(text)
  const usage = usageOf(text)

  const write = (value: string) => {
    setText(value)
    setActive(0)
    setClosed(false)
  }
  const take = (option: Completion) => {
    if (option.shortcut) {
      write('')
      void runShortcut(option.shortcut, channel)
      return
    }
    write(complete(text, option))
    field.current?.focus()
  }
  const submit = () => {
    const words = text.trim()
    if (!words) return
    write('')
    void send({ channel, text: words, ...(threadTs ? { threadTs } : {}) }).then((sent) => {
      // Puts the text back after a failure, unless a new text was begun.
      if (!sent) setText((now) => now || words)
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    const option = options[active]
    const steps: Record<string, (() => void) | undefined> = {
      ArrowDown: option && (() => setActive((active + 1) % options.length)),
      ArrowUp: option && (() => setActive((active + options.length - 1) % options.length)),
      Tab: option && !event.shiftKey ? () => take(option) : undefined,
      Escape: option && (() => setClosed(true)),
      Enter: event.shiftKey
        ? undefined
        : option && (option.shortcut || complete(text, option).trim() !== text)
          ? () => take(option)
          : submit,
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    step()
  }
  return (
    <div class="composer">
      <CompletionList id={listId} options={options} active={active} onTake={take} />
      {usage && (
        <p class="usage" role="status">
          <code>{usage.command}</code> {usage.hint}
        </p>
      )}
      <div class="composer-field">
        <textarea
          ref={field}
          rows={Math.min(text.split('\n').length, 8)}
          value={text}
          placeholder={`Message ${name}`}
          aria-label={`Message ${name}`}
          aria-haspopup="listbox"
          aria-controls={listId}
          aria-autocomplete="list"
          {...(options[active] ? { 'aria-activedescendant': `${listId}-${active}` } : {})}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button type="button" class="send" aria-label="Send" disabled={text.trim() === ''} onClick={submit}>
          <Icon name="send" />
        </button>
      </div>
    </div>
  )
}
