import { useState } from 'preact/hooks'
import { asString } from '../../../json.ts'
import { change, type Spot } from '../state/acting.ts'
import { useBlockContext } from './block-context.ts'

/**
 * The value of an element, and a function to change it. The value of the server wins. Until it comes, and in messages (without state), the
 * choice made here counts. `stateKey` and `initialKey` are the names of the element's value.
 */
export function useChosen<T>(
  spot: Spot,
  stateKey: string,
  initialKey: string,
): [T | undefined, (shown: T, sent: string | string[]) => Promise<void>] {
  const { values } = useBlockContext()
  const state = values?.[spot.blockId]?.[asString(spot.element.action_id)]
  const told = (state ? state[stateKey] : spot.element[initialKey]) as T | undefined
  const base = JSON.stringify(told ?? null)
  const [mine, setMine] = useState<{ base: string; value: T } | null>(null)
  const choose = async (shown: T, sent: string | string[]) => {
    setMine({ base, value: shown })
    if (!(await change(spot, sent))) setMine(null)
  }
  return [mine?.base === base ? mine.value : (told ?? undefined), choose]
}
