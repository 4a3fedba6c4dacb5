import { asObjects, asString } from '../../../json.ts'
import { press, type Spot } from '../state/acting.ts'
import { safeUrl } from '../text/mrkdwn.ts'
import { Menu } from './menu.tsx'
import { optionOf } from './options.ts'

/** The overflow menu of an app. */
export function OverflowMenu({ spot }: { spot: Spot }) {
  const items = asObjects(spot.element.options).map((option) => {
    const { text, value, description } = optionOf(option)
    const choose = () => {
      if (safeUrl(asString(option.url))) window.open(asString(option.url), '_blank', 'noopener')
      void press(spot, { option: value })
    }
    return { key: value, text, description, choose }
  })
  return <Menu label="More actions" items={items} />
}
