import { signal } from '@preact/signals'
import { asObject, asString, type Json } from '../../../json.ts'
import type { Target } from '../../../types.ts'
import { askToConfirm } from './confirming.ts'
import { control, errorText } from './control.ts'
import { flushDrafts } from './drafts.ts'

/** The place of interactive elements. */
export type Holder =
  | { kind: 'message'; channel: string; ts: string }
  | { kind: 'modal'; viewId: string }
  | { kind: 'home'; viewId: string }

/** One element in its block. */
export interface Spot {
  holder: Holder
  blockId: string
  element: Json
}

/** The error of an action, by `keyOf` its spot. Shown below the block. */
export const fieldErrors = signal<Readonly<Record<string, string>>>({})
/** Spots that wait for the app. */
export const busy = signal<ReadonlySet<string>>(new Set())

export function keyOf({ holder, blockId, element }: Spot): string {
  const where = holder.kind === 'message' ? `${holder.channel} ${holder.ts}` : holder.viewId
  return `${where} ${blockId} ${asString(element.action_id)}`
}

export function targetOf({ holder, blockId }: Spot): Target {
  if (holder.kind === 'message') return { message: { channel: holder.channel, ts: holder.ts }, blockId }
  return holder.kind === 'modal' ? { view: true, blockId } : { home: true, blockId }
}

/** Presses a button, or picks from an overflow menu. Asks first where the element says so. */
export async function press(spot: Spot, pick: { value?: string; option?: string } = {}): Promise<void> {
  const actionId = asString(spot.element.action_id)
  await act(spot, () => control.press(actionId, { ...targetOf(spot), ...pick }))
}

/** Changes an input or menu. Answers false where the person did not confirm. */
export async function change(spot: Spot, value: string | string[]): Promise<boolean> {
  return act(spot, () => control.change(asString(spot.element.action_id), value, targetOf(spot)))
}

async function act(spot: Spot, operation: () => Promise<{ ok: boolean; error?: string }>): Promise<boolean> {
  const { confirm } = spot.element
  if (confirm && !(await askToConfirm(asObject(confirm)))) return false
  const key = keyOf(spot)
  setError(key, undefined)
  setBusy(key, true)
  try {
    await flushDrafts()
    const outcome = await operation()
    if (!outcome.ok) setError(key, outcome.error ?? 'Something went wrong.')
  } catch (error) {
    setError(key, errorText(error))
  } finally {
    setBusy(key, false)
  }
  return true
}

function setError(key: string, words: string | undefined): void {
  const { [key]: _before, ...others } = fieldErrors.value
  fieldErrors.value = words === undefined ? others : { ...others, [key]: words }
}

function setBusy(key: string, on: boolean): void {
  const next = new Set(busy.value)
  if (on) next.add(key)
  else next.delete(key)
  busy.value = next
}
