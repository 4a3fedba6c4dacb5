import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Json } from '../../../json.ts'
import type { VisibleView } from '../../../types.ts'
import type { Holder, Spot } from '../state/acting.ts'

/** Where blocks are shown (a message, a modal or a Home tab), with the values and errors there. */
export interface BlockContextValue {
  holder: Holder
  /** `state.values`; a message has none. */
  values?: VisibleView['values']
  errors?: Record<string, string>
}

export const BlockContext = createContext<BlockContextValue>({
  holder: { kind: 'message', channel: '', ts: '' },
})

export function useBlockContext(): BlockContextValue {
  return useContext(BlockContext)
}

export function useSpot(blockId: string, element: Json): Spot {
  return { holder: useBlockContext().holder, blockId, element }
}

/** The accessible name and state of an element. */
export interface Naming {
  id: string
  /** Absent where a `<label>` names it. */
  label?: string
  describedBy?: string
  invalid?: boolean
  required?: boolean
}

export function aria({ id, label, describedBy, invalid, required }: Naming) {
  return {
    id,
    ...(label ? { 'aria-label': label } : {}),
    ...(describedBy ? { 'aria-describedby': describedBy } : {}),
    ...(invalid ? { 'aria-invalid': true } : {}),
    ...(required ? { 'aria-required': true } : {}),
  } as const
}
