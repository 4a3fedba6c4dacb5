import { asObject, asString } from '../../../json.ts'
import { press, type Spot } from '../state/acting.ts'
import { EmojiText } from '../text/emoji.tsx'

export function FeedbackButtons({ spot }: { spot: Spot }) {
  return (
    <span class="feedback">
      {[spot.element.positive_button, spot.element.negative_button].map(asObject).map((one) => (
        <button
          key={asString(one.value)}
          type="button"
          class="button"
          onClick={() => void press(spot, { value: asString(one.value) })}
        >
          <EmojiText text={asString(asObject(one.text).text)} />
        </button>
      ))}
    </span>
  )
}
