import { asArray, asObject, asString } from '../../../json.ts'
import type { Option } from '../../../types.ts'
import { type Spot, targetOf } from '../state/acting.ts'
import { control } from '../state/control.ts'
import { flushDrafts } from '../state/drafts.ts'
import type { Naming } from './block-context.ts'
import { Combobox } from './combobox.tsx'
import { chosenOption, keysOf, optionsOf } from './options.ts'
import { useChosen } from './use-chosen.ts'

const MIN_QUERY = 3

/** A menu whose options come from the app while one types. */
export function SuggestSelect({ spot, naming }: { spot: Spot; naming: Naming }) {
  const [chosen, choose] = useChosen<unknown>(spot, 'selected_option', 'initial_option')
  const one = chosenOption(chosen, [])
  return (
    <Combobox
      naming={naming}
      placeholder={placeholderOf(spot)}
      minQuery={minQueryOf(spot)}
      chosen={one ? [one] : []}
      load={loaderOf(spot)}
      onChoose={([option]) => void choose(option ? asJson(option) : null, option?.value ?? '')}
    />
  )
}

/** A menu of many choices. */
export function MultiSelect({ spot, naming }: { spot: Spot; naming: Naming }) {
  const keys = keysOf(asString(spot.element.type))
  const [chosen, choose] = useChosen<unknown[]>(spot, keys.state, keys.initial)
  const offered = optionsOf(spot.element)
  const byIds = keys.state !== 'selected_options'
  return (
    <Combobox
      naming={naming}
      many
      placeholder={placeholderOf(spot)}
      minQuery={minQueryOf(spot)}
      chosen={asArray(chosen).flatMap((one) => chosenOption(one, offered) ?? [])}
      load={loaderOf(spot)}
      onChoose={(all) =>
        void choose(
          all.map((option) => (byIds ? option.value : asJson(option))),
          all.map(({ value }) => value),
        )
      }
    />
  )
}

function asJson({ text, value, description }: Option) {
  return {
    text: { type: 'plain_text', text },
    value,
    ...(description ? { description: { type: 'plain_text', text: description } } : {}),
  }
}

function isExternal({ element }: Spot): boolean {
  return asString(element.type).includes('external')
}

function minQueryOf(spot: Spot): number {
  if (!isExternal(spot)) return 0
  const { min_query_length } = spot.element
  return typeof min_query_length === 'number' ? min_query_length : MIN_QUERY
}

function placeholderOf({ element }: Spot): string {
  return asString(asObject(element.placeholder).text) || 'Select an item'
}

function loaderOf(spot: Spot): (query: string) => Promise<Option[]> {
  if (isExternal(spot)) {
    return async (query) => {
      await flushDrafts()
      return control.suggest(asString(spot.element.action_id), query, targetOf(spot))
    }
  }
  return async (query) => {
    const wanted = query.trim().toLowerCase()
    return optionsOf(spot.element).filter(({ text, description = '' }) =>
      `${text} ${description}`.toLowerCase().includes(wanted),
    )
  }
}
