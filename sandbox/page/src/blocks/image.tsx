import { useState } from 'preact/hooks'
import { asObject, asString, type Json } from '../../../json.ts'

/** An image, or its alternative text where it cannot be loaded. */
export function Image({ image }: { image: Json }) {
  const [broken, setBroken] = useState(false)
  const alt = asString(image.alt_text)
  const url = asString(image.image_url) || asString(asObject(image.slack_file).url)
  if (broken || !/^https?:/.test(url)) return <span class="no-image">{alt || 'Image'}</span>
  return (
    <img src={url} alt={alt} loading="lazy" referrerpolicy="no-referrer" onError={() => setBroken(true)} />
  )
}
