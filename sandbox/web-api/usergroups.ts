import { now, type Usergroup } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { SlackError } from './errors.ts'
import { usergroupJson } from './render.ts'

function refuseFreePlan(call: Call): void {
  if (!call.core.workspace.settings.paid_plan) throw new SlackError('plan_upgrade_required')
}

/** Nobody can disable a group here, so disabled ones change no answer. */
function includesDisabled(call: Call): boolean {
  return call.flag('include_disabled')
}

const list: Handler = (call) => {
  refuseFreePlan(call)
  includesDisabled(call)
  const options = { users: call.flag('include_users'), count: call.flag('include_count') }
  const groups = [...call.core.workspace.usergroups.values()]
  return { usergroups: groups.map((g) => usergroupJson(call.core.workspace, g, options)) }
}

const usersList: Handler = (call) => {
  refuseFreePlan(call)
  includesDisabled(call)
  const group = call.core.workspace.usergroups.get(call.text('usergroup'))
  if (!group) throw new SlackError('no_such_subteam')
  return { users: group.users }
}

const usersUpdate: Handler = (call) => {
  refuseFreePlan(call)
  const { workspace } = call.core
  const group = workspace.usergroups.get(call.text('usergroup'))
  // The reference documents no code for an unknown group here; Slack words it as a refused permission.
  if (!group || !workspace.settings.apps_may_edit_user_groups) throw new SlackError('permission_denied')
  const users = call.list('users')
  if (users.length === 0) throw new SlackError('no_users_provided')
  const eligible = users.every((id) => ['owner', 'admin', 'member'].includes(workspace.user(id)?.role ?? ''))
  if (!eligible) throw new SlackError('invalid_users')
  setMembers(call.core.events, group, users)
  return { usergroup: usergroupJson(workspace, group, { users: true, count: call.flag('include_count') }) }
}

/** Replaces a group's members and tells the apps. */
export function setMembers(events: Call['core']['events'], group: Usergroup, users: string[]): void {
  const before = group.users
  const previous = group.updated
  group.users = [...users]
  group.updated = now()
  events.usergroupChanged(group, before, previous)
}

export const usergroupMethods: Record<string, Handler> = {
  'usergroups.list': list,
  'usergroups.users.list': usersList,
  'usergroups.users.update': usersUpdate,
}
