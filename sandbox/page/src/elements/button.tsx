import { asObject, asString } from '../../../json.ts'
import { busy, keyOf, press, type Spot } from '../state/acting.ts'
import { EmojiText } from '../text/emoji.tsx'
import { safeUrl } from '../text/mrkdwn.ts'

/** A button of an app. One with a URL opens it too. */
export function ActionButton({ spot }: { spot: Spot }) {
  const { element } = spot
  const value = asString(element.value)
  const waits = busy.value.has(`${keyOf(spot)}`)
  const click = () => void press(spot, value ? { value } : {})
  const label = asString(element.accessibility_label)
  const shared = {
    class: `button ${asString(element.style)}`,
    'aria-busy': waits,
    ...(label ? { 'aria-label': label } : {}),
  }
  const words = <EmojiText text={asString(asObject(element.text).text)} />
  const url = asString(element.url)
  if (url && safeUrl(url)) {
    return (
      <a {...shared} href={url} target="_blank" rel="noopener noreferrer" onClick={click}>
        {words}
      </a>
    )
  }
  return (
    <button type="button" {...shared} onClick={click} disabled={waits}>
      {words}
    </button>
  )
}
