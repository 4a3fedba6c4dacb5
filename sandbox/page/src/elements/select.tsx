import { asObject, asString } from '../../../json.ts'
import type { Option } from '../../../types.ts'
import type { Spot } from '../state/acting.ts'
import { EmojiText } from '../text/emoji.tsx'
import { aria, type Naming } from './block-context.ts'
import { chosenOption, groupsOf, keysOf, optionsOf } from './options.ts'
import { useChosen } from './use-chosen.ts'

/** A menu of one choice whose options are known: the browser's own. */
export function Select({ spot, naming }: { spot: Spot; naming: Naming }) {
  const { element } = spot
  const keys = keysOf(asString(element.type))
  const [chosen, choose] = useChosen<unknown>(spot, keys.state, keys.initial)
  const options = optionsOf(element)
  const value = chosenOption(chosen, options)?.value ?? ''
  const placeholder = asString(asObject(element.placeholder).text) || 'Select an item'
  const chosenDescription = options.find((option) => option.value === value)?.description
  return (
    <span class="select">
      <select
        {...aria(naming)}
        value={value}
        onChange={(event) => void choose(event.currentTarget.value, event.currentTarget.value)}
      >
        <option value="" disabled={value !== ''} hidden={value !== ''}>
          {placeholder}
        </option>
        {groupsOf(options).map(([group, some]) =>
          group ? (
            <optgroup key={group} label={group}>
              {some.map(line)}
            </optgroup>
          ) : (
            some.map(line)
          ),
        )}
      </select>
      {chosenDescription && (
        <small class="hint">
          <EmojiText text={chosenDescription} />
        </small>
      )}
    </span>
  )
}

function line({ text, value }: Option) {
  return (
    <option key={value} value={value}>
      {text}
    </option>
  )
}
