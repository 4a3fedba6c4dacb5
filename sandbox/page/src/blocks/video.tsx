import { asString, type Json } from '../../../json.ts'
import { LinkTo } from '../text/link.tsx'
import { TextObject } from '../text/text-object.tsx'
import { Image } from './image.tsx'

/** A link to a video. It is not embedded: no foreign code runs here. */
export function VideoBlock({ block }: { block: Json }) {
  return (
    <figure>
      <figcaption>
        <LinkTo url={asString(block.title_url) || asString(block.video_url)}>
          <TextObject text={block.title} />
        </LinkTo>{' '}
        <span class="hint">{asString(block.provider_name)}</span>
      </figcaption>
      <Image image={{ image_url: block.thumbnail_url, alt_text: block.alt_text }} />
      {block.description !== undefined && <TextObject text={block.description} />}
    </figure>
  )
}
