import { asObject, asString } from '../../../json.ts'
import { EmojiByName, EmojiText } from './emoji.tsx'
import { Mrkdwn } from './inline.tsx'

/** A text object: mrkdwn is read, plain text is shown as it is (but for emoji by name). A bare string counts as plain. */
export function TextObject({ text }: { text: unknown }) {
  if (typeof text === 'string') return <EmojiText text={text} />
  const object = asObject(text)
  if (object.type === 'mrkdwn') return <Mrkdwn text={asString(object.text)} />
  return <Plain text={asString(object.text)} emoji={object.emoji !== false} />
}

function Plain({ text, emoji }: { text: string; emoji: boolean }) {
  if (!emoji) {
    return (
      <span class="words">
        <EmojiText text={text} />
      </span>
    )
  }
  return (
    <span class="words">
      {text
        .split(/:([a-z0-9_+-]+):/g)
        .map((part, i) =>
          i % 2 === 1 ? <EmojiByName key={`${i}`} name={part} /> : <EmojiText key={`${i}`} text={part} />,
        )}
    </span>
  )
}
