import { asString, type Json } from '../../../json.ts'
import { TextObject } from '../text/text-object.tsx'
import { Image } from './image.tsx'

export function HeaderBlock({ block }: { block: Json }) {
  const level = Number(block.level ?? 1)
  // Beneath the page's own headings.
  const Heading = `h${Math.min(level + 2, 6)}` as 'h3'
  return (
    <Heading class={`block-heading level-${level}`}>
      <TextObject text={block.text} />
    </Heading>
  )
}

export function ImageBlock({ block }: { block: Json }) {
  return (
    <figure>
      {block.title !== undefined && (
        <figcaption>
          <TextObject text={block.title} />
        </figcaption>
      )}
      <Image image={block} />
    </figure>
  )
}

export function FileBlock({ block }: { block: Json }) {
  return <p class="unknown">A remote file: {asString(block.external_id)}</p>
}
