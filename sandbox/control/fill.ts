import type { Core } from '../core.ts'
import { activePerson } from '../interactions/people.ts'
import { setValue, toValue } from '../interactions/state-values.ts'
import { findVisible } from '../interactions/visible.ts'
import { asString, type Json } from '../json.ts'

/**
 * A person types into fields of the modal on top (or, with `home`, of a Home tab) without leaving them: `state.values` has the values
 * from now on, and the app is not told. Ignores fields that no longer exist.
 */
export function fill(core: Core, userId: string, fields: Json[], home: boolean): void {
  activePerson(core, userId)
  for (const { blockId, actionId, value } of fields) {
    const target = { ...(home ? { home } : { view: true as const }), blockId: asString(blockId) }
    const found = seen(core, userId, asString(actionId), target)
    if (!found?.view) continue
    setValue(found.view.values, found.placed, toValue(found.placed, asString(value)))
    delete found.view.errors[asString(blockId)]
  }
}

function seen(core: Core, userId: string, actionId: string, target: Parameters<typeof findVisible>[3]) {
  try {
    return findVisible(core, userId, actionId, target)
  } catch {
    return undefined
  }
}
