import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { asObjects, asString } from '../../../json.ts'
import { press, type Spot } from '../state/acting.ts'
import { safeUrl } from '../text/mrkdwn.ts'
import { Icon } from '../views/icon.tsx'
import { optionOf } from './options.ts'

/** The menu behind three dots. */
export function OverflowMenu({ spot }: { spot: Spot }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    if (!open) return
    root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
    const away = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [open])
  const close = () => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the button and of the menu in it
    <span class="overflow" ref={root} onKeyDown={(event) => open && walk(event, close)}>
      <button
        type="button"
        class="button icon"
        aria-label="More actions"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="dots" />
      </button>
      {open && (
        <div class="menu" role="menu" tabIndex={-1}>
          {asObjects(spot.element.options).map((option) => {
            const { text, value, description } = optionOf(option)
            const choose = () => {
              close()
              if (safeUrl(asString(option.url))) window.open(asString(option.url), '_blank', 'noopener')
              void press(spot, { option: value })
            }
            return (
              <button key={value} type="button" role="menuitem" tabIndex={-1} onClick={choose}>
                {text}
                {description && <small>{description}</small>}
              </button>
            )
          })}
        </div>
      )}
    </span>
  )
}

function walk(event: KeyboardEvent, close: () => void): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=menuitem]')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (to !== undefined) items.at(to % items.length)?.focus()
  else if (event.key === 'Escape' || event.key === 'Tab') close()
  else return
  event.preventDefault()
  event.stopPropagation()
}
