import { useId } from 'preact/hooks'
import { asObject, asObjects, asString, type Json } from '../../../json.ts'
import { Element } from '../elements/element.tsx'
import { FieldError } from '../elements/field-error.tsx'

export function ActionsBlock({ block }: { block: Json }) {
  const id = useId()
  const blockId = asString(block.block_id)
  return (
    <>
      <div class="actions">
        {asObjects(block.elements).map((element, i) => (
          <Element
            key={asString(element.action_id) + asString(element.value) || `${i}`}
            blockId={blockId}
            element={element}
            naming={{ id: `${id}-${i}`, label: nameOf(element) }}
          />
        ))}
      </div>
      <FieldError blockId={blockId} />
    </>
  )
}

export function ContextActionsBlock({ block }: { block: Json }) {
  return <ActionsBlock block={block} />
}

const NAMES: Record<string, string> = {
  datepicker: 'Date',
  timepicker: 'Time',
  datetimepicker: 'Date and time',
}

function nameOf(element: Json): string {
  const type = asString(element.type)
  return asString(asObject(element.placeholder).text) || (NAMES[type] ?? type.replaceAll('_', ' '))
}
