import { asObjects, asString, isObject, type Json } from '../../../json.ts'
import { TextObject } from '../text/text-object.tsx'
import { ActionsBlock } from './actions.tsx'
import { Image } from './image.tsx'

export function AlertBlock({ block }: { block: Json }) {
  return (
    <div class={`alert ${asString(block.level) || 'default'}`} role="note">
      <TextObject text={block.text} />
    </div>
  )
}

export function CardBlock({ block }: { block: Json }) {
  return (
    <div class="card">
      {isObject(block.hero_image) && <Image image={block.hero_image} />}
      {isObject(block.icon) && <Image image={block.icon} />}
      {[block.title, block.subtitle, block.body].map((text, i) =>
        text === undefined ? null : (
          <div key={`${i}`} class={i === 0 ? 'card-title' : i === 1 ? 'hint' : ''}>
            <TextObject text={text} />
          </div>
        ),
      )}
      {asObjects(block.actions).length > 0 && <ActionsBlock block={{ ...block, elements: block.actions }} />}
    </div>
  )
}

export function CarouselBlock({ block }: { block: Json }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="carousel" tabIndex={0} aria-label="Cards">
      {asObjects(block.elements).map((card, i) => (
        <CardBlock key={asString(card.block_id) || `${i}`} block={card} />
      ))}
    </section>
  )
}
