import type { View } from '../interactions/view-stack.ts'
import { MAX_DEPTH } from '../interactions/view-stack.ts'
import { asString, type Json } from '../json.ts'
import { viewProblems } from '../validity/blocks.ts'
import type { Call, Handler } from './call.ts'
import { invalidArguments, SlackError } from './errors.ts'

/** https://docs.slack.dev/reference/methods/views.open (`view_too_large`) */
const MAX_BYTES = 250 * 1024

/** Reads and checks the `view` argument. */
function viewOf(call: Call, surface: 'modal' | 'home'): Json {
  const view = call.object('view')
  if (!view) throw invalidArguments('missing required field: view')
  if (Buffer.byteLength(JSON.stringify(view)) > MAX_BYTES) throw new SlackError('view_too_large')
  const problems = viewProblems(view, surface)
  if (problems.length > 0) throw invalidArguments(...problems)
  return view
}

function refuseDuplicate(call: Call, view: Json, own?: View): void {
  const externalId = asString(view.external_id)
  if (!externalId) return
  const other = call.core.views.find({ externalId }, call.app.appId)
  if (other && other !== own) throw new SlackError('duplicate_external_id')
}

function exchange(call: Call): { userId: string; viewId?: string } {
  const id = call.text('trigger_id') || call.text('interactivity_pointer')
  if (!id) throw invalidArguments('missing required field: trigger_id')
  const trigger = call.core.triggers.exchange(id, call.app.appId)
  if (typeof trigger === 'string') {
    call.core.traffic.violate(
      trigger,
      `${call.spec.method} with a trigger that is no longer good`,
      call.entry,
    )
    throw new SlackError(trigger)
  }
  return trigger
}

const open: Handler = (call) => {
  const payload = viewOf(call, 'modal')
  refuseDuplicate(call, payload)
  const { userId } = exchange(call)
  return { view: call.core.views.toJson(call.core.views.open(call.app, userId, payload)) }
}

const push: Handler = (call) => {
  const payload = viewOf(call, 'modal')
  refuseDuplicate(call, payload)
  const { userId, viewId } = exchange(call)
  const stack = call.core.views.stack(userId)
  if (!viewId || !stack.some((v) => v.id === viewId)) throw new SlackError('not_found')
  if (stack.length >= MAX_DEPTH) throw new SlackError('push_limit_reached')
  return { view: call.core.views.toJson(call.core.views.push(call.app, userId, payload)) }
}

const update: Handler = (call) => {
  const id = call.text('view_id')
  const externalId = call.text('external_id')
  if (!id && !externalId) throw invalidArguments('missing required field: view_id')
  const view = call.core.views.find(id ? { id } : { externalId }, call.app.appId)
  if (!view) throw new SlackError('not_found')
  const payload = viewOf(call, view.type)
  if (call.has('hash') && call.text('hash') !== view.hash) throw new SlackError('hash_conflict')
  refuseDuplicate(call, payload, view)
  return { view: call.core.views.toJson(call.core.views.update(view, payload)) }
}

const publish: Handler = (call) => {
  const payload = viewOf(call, 'home')
  if (call.app.homeTab === false) throw new SlackError('not_enabled')
  const user = call.core.workspace.user(call.text('user_id'))
  if (!user || user.role === 'deactivated') throw invalidArguments('invalid `user_id`')
  const before = call.core.views.home(user.id, call.app.appId)
  if (before && call.has('hash') && call.text('hash') !== before.hash) throw new SlackError('hash_conflict')
  refuseDuplicate(call, payload, before)
  return { view: call.core.views.toJson(call.core.views.publish(call.app, user.id, payload)) }
}

export const viewMethods: Record<string, Handler> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
}
