import { asString, type Json } from '../json.ts'
import type { Workspace } from '../workspace.ts'

/** Throws where Slack's form would not let a person choose this value in this element. */
export function checkPick(workspace: Workspace, element: Json, picked: string | string[]): void {
  const values = (Array.isArray(picked) ? picked : [picked]).filter((value) => value !== '')
  const kind = asString(element.type)
  const max = element.max_selected_items
  if (typeof max === 'number' && values.length > max) throw new Error(`${kind} takes no more than ${max}`)
  for (const value of values) {
    if (!possible(workspace, kind, value)) throw new Error(`${kind} offers no "${value}"`)
  }
}

function possible(workspace: Workspace, kind: string, value: string): boolean {
  switch (kind.replace('multi_', '')) {
    case 'datepicker':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    case 'timepicker':
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(value)
    case 'datetimepicker':
      return /^\d{10}$/.test(value)
    case 'users_select':
      return workspace.users.has(value)
    case 'conversations_select':
      return workspace.channels.has(value) || workspace.users.has(value)
    case 'channels_select':
      return workspace.channels.get(value)?.kind === 'channel'
    default:
      return true
  }
}
