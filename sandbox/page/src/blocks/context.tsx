import { asObjects, asString, type Json } from '../../../json.ts'
import { TextObject } from '../text/text-object.tsx'
import { Image } from './image.tsx'

export function ContextBlock({ block }: { block: Json }) {
  return (
    <div class="context">
      {asObjects(block.elements).map((element, i) =>
        element.type === 'image' ? (
          <Image key={asString(element.image_url) || `${i}`} image={element} />
        ) : (
          <span key={`${i}`}>
            <TextObject text={element} />
          </span>
        ),
      )}
    </div>
  )
}
