import { asString } from '../../../json.ts'
import type { Spot } from '../state/acting.ts'
import { me } from '../state/place.ts'
import { usersById } from '../state/store.ts'
import { aria, type Naming } from './block-context.ts'
import { useChosen } from './use-chosen.ts'
import { localOf, unixOf } from './zoned.ts'

const KINDS = {
  datepicker: { type: 'date', state: 'selected_date', initial: 'initial_date' },
  timepicker: { type: 'time', state: 'selected_time', initial: 'initial_time' },
  datetimepicker: { type: 'datetime-local', state: 'selected_date_time', initial: 'initial_date_time' },
} as const

/** Date and time pickers: the browser's own. An instant is entered in the zone of the person. */
export function DateTimeInput({ spot, naming }: { spot: Spot; naming: Naming }) {
  const { element } = spot
  const kind = KINDS[asString(element.type) as keyof typeof KINDS]
  const [chosen, choose] = useChosen<string | number>(spot, kind.state, kind.initial)
  const tz = usersById.value.get(me.value)?.tz ?? 'UTC'
  const instant = element.type === 'datetimepicker'
  const shown = instant && chosen ? localOf(Number(chosen), tz) : String(chosen ?? '')
  return (
    <input
      {...aria(naming)}
      type={kind.type}
      value={shown}
      onChange={(event) => {
        const { value } = event.currentTarget
        const sent = instant && value ? String(unixOf(value, tz)) : value
        void choose(instant ? Number(sent) : value, sent)
      }}
    />
  )
}
