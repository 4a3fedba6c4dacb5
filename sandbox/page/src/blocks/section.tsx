import { useId } from 'preact/hooks'
import { asObject, asObjects, asString, isObject, type Json } from '../../../json.ts'
import { Element } from '../elements/element.tsx'
import { FieldError } from '../elements/field-error.tsx'
import { TextObject } from '../text/text-object.tsx'

export function SectionBlock({ block }: { block: Json }) {
  const id = useId()
  const blockId = asString(block.block_id)
  const fields = asObjects(block.fields)
  return (
    <>
      <div class="section">
        <div class="section-body">
          {block.text !== undefined && (
            <div id={`${id}-text`}>
              <TextObject text={block.text} />
            </div>
          )}
          {fields.length > 0 && (
            <div class="fields">
              {fields.map((field, i) => (
                <div key={`${i}`}>
                  <TextObject text={field} />
                </div>
              ))}
            </div>
          )}
        </div>
        {isObject(block.accessory) && (
          <div class="accessory">
            <Element blockId={blockId} element={block.accessory} naming={{ id, label: labelOf(block) }} />
          </div>
        )}
      </div>
      <FieldError blockId={blockId} />
    </>
  )
}

/** The text of a section names its accessory for screen readers. */
function labelOf(block: Json): string {
  const own = asString(asObject(asObject(block.accessory).placeholder).text)
  return `${asString(asObject(block.text).text).slice(0, 80)} ${own}`.trim() || 'Choose'
}
