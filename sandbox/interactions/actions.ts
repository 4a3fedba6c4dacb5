import type { Core } from '../core.ts'
import { interactionError } from '../delivery/answer.ts'
import { asObject, asString, compact, type Json } from '../json.ts'
import type { ActionOutcome, PressOptions, Target } from '../types.ts'
import { messageJson } from '../web-api/render.ts'
import type { User } from '../workspace.ts'
import { dispatches, staticOptions } from './elements.ts'
import { activePerson, channelName, interactionBase } from './people.ts'
import { checkPick } from './picks.ts'
import { setValue, stateValues, toValue, valueKey } from './state-values.ts'
import { offeredOptions } from './suggestions.ts'
import { container, type Found, findVisible } from './visible.ts'

const BUTTONS = new Set(['button', 'icon_button', 'workflow_button'])

/** A person presses a button, or picks in a menu, in a message, modal or Home tab. Confirm dialogs are accepted. */
export async function press(
  core: Core,
  userId: string,
  actionId: string,
  options: PressOptions = {},
): Promise<ActionOutcome> {
  const user = activePerson(core, userId)
  const found = findVisible(core, userId, actionId, options)
  const { element } = found.placed
  if (BUTTONS.has(asString(element.type))) {
    return dispatchAction(
      core,
      user,
      found,
      compact({ text: element.text, value: element.value, style: element.style }),
    )
  }
  const picked = options.option ?? options.value ?? ''
  if (element.type === 'feedback_buttons') {
    const both = [asObject(element.positive_button), asObject(element.negative_button)]
    const chosen = both.find((b) => b.value === picked)
    if (!chosen) throw new Error(`${actionId} has no button "${picked}"`)
    return dispatchAction(core, user, found, compact({ text: chosen.text, value: chosen.value }))
  }
  if (element.type === 'overflow') {
    const option = staticOptions(element).find((o) => o.value === picked)
    if (!option) throw new Error(`${actionId} offers no option "${picked}"`)
    return dispatchAction(core, user, found, { selected_option: option })
  }
  return change(core, userId, actionId, picked, options)
}

/** A person changes an input or menu. The app is told at once where the element dispatches. */
export async function change(
  core: Core,
  userId: string,
  actionId: string,
  picked: string | string[],
  target: Target = {},
): Promise<ActionOutcome> {
  const user = activePerson(core, userId)
  const found = findVisible(core, userId, actionId, target)
  const { placed } = found
  const key = valueKey(placed.element)
  if (!key) throw new Error(`${actionId} is a ${asString(placed.element.type)}, not an input`)
  checkPick(core.workspace, placed.element, picked)
  const offered = await offeredOptions(core, user, found, picked)
  const value = toValue(placed, picked, offered)
  if (found.view) {
    setValue(found.view.values, placed, value)
    delete found.view.errors[asString(placed.block.block_id)]
  }
  if (!dispatches(placed)) return { ok: true, ackMs: 0 }
  const before = Object.fromEntries(Object.entries(placed.element).filter(([k]) => k.startsWith('initial_')))
  return dispatchAction(core, user, found, { [key.value]: value, ...before })
}

async function dispatchAction(core: Core, user: User, found: Found, what: Json): Promise<ActionOutcome> {
  const { placed, app, message, view } = found
  const action = {
    type: placed.element.type,
    action_id: placed.element.action_id,
    block_id: placed.block.block_id,
    ...what,
    action_ts: core.workspace.nextTs(),
  }
  const payload = {
    type: 'block_actions',
    ...interactionBase(core, app, user),
    container: container(found),
    trigger_id: core.triggers.issue(app.appId, user.id, view?.type === 'modal' ? view.id : undefined),
    ...(message ? fromMessage(core, user, found, what) : {}),
    ...(view ? { view: core.views.toJson(view) } : {}),
    actions: [action],
  }
  const answer = await core.deliverer.deliver(app, {
    name: 'block_actions',
    kind: 'interactive',
    payload,
    acceptsResponse: false,
  })
  return answer.ok
    ? { ok: true, ackMs: answer.ms }
    : { ok: false, ackMs: answer.ms, error: interactionError(answer) }
}

/** The fields that only actions in messages have. An ephemeral message itself is not sent, as in Slack. */
function fromMessage(core: Core, user: User, { app, message, placed }: Found, what: Json): Json {
  if (!message) return {}
  const channel = core.workspace.channels.get(message.channel)
  const values = stateValues(message.blocks)
  const key = valueKey(placed.element)
  if (key && key.value in what) setValue(values, placed, what[key.value])
  return {
    channel: { id: message.channel, name: channel ? channelName(channel) : '' },
    ...(message.ephemeralTo ? {} : { message: messageJson(core.workspace, message) }),
    state: { values },
    response_url: core.responseUrls.issue('actions', app, user.id, message.channel, message),
  }
}
