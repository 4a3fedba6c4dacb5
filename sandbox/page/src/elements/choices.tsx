import { asArray, asObject, asObjects, asString } from '../../../json.ts'
import type { Spot } from '../state/acting.ts'
import { TextObject } from '../text/text-object.tsx'
import { aria, type Naming } from './block-context.ts'
import { keysOf, optionOf } from './options.ts'
import { useChosen } from './use-chosen.ts'

/** Radio buttons or checkboxes. */
export function Choices({ spot, naming }: { spot: Spot; naming: Naming }) {
  const { element } = spot
  const many = element.type === 'checkboxes'
  const keys = keysOf(asString(element.type))
  const [chosen, choose] = useChosen<unknown>(spot, keys.state, keys.initial)
  const picked = (many ? asArray(chosen) : [chosen]).map((one) => optionOf(asObject(one)).value)
  const options = asObjects(element.options)
  const toggle = (value: string, on: boolean) => {
    if (!many)
      return void choose(
        options.find((o) => o.value === value),
        value,
      )
    const values = on ? [...picked, value] : picked.filter((one) => one !== value)
    void choose(
      options.filter((o) => values.includes(asString(o.value))),
      values,
    )
  }
  return (
    // `required` and `invalid` are allowed on a radiogroup, but not on a group.
    <div
      class="choices"
      role={many ? 'group' : 'radiogroup'}
      {...aria(many ? { ...naming, required: false, invalid: false } : naming)}
      tabIndex={-1}
    >
      {options.map((option) => {
        const { value } = optionOf(option)
        return (
          <label key={value}>
            <input
              type={many ? 'checkbox' : 'radio'}
              name={naming.id}
              checked={picked.includes(value)}
              onChange={(event) => toggle(value, event.currentTarget.checked)}
            />
            <span>
              <TextObject text={option.text} />
              {option.description !== undefined && (
                <small>
                  <TextObject text={option.description} />
                </small>
              )}
            </span>
          </label>
        )
      })}
    </div>
  )
}
