import type { Core } from '../core.ts'
import { appOrFail } from '../core.ts'
import { interactionError } from '../delivery/answer.ts'
import { asObject, asString, isObject, type Json, parseJson } from '../json.ts'
import type { SubmitOutcome } from '../types.ts'
import { viewProblems } from '../validity/blocks.ts'
import type { User } from '../workspace.ts'
import { change } from './actions.ts'
import { placedElements } from './elements.ts'
import { formErrors } from './form-rules.ts'
import { activePerson, interactionBase } from './people.ts'
import { MAX_DEPTH, type View } from './view-stack.ts'

type FieldValues = Record<string, string | string[]>

/** A person fills in and submits the modal on top. */
export async function submit(core: Core, userId: string, values: FieldValues = {}): Promise<SubmitOutcome> {
  const user = activePerson(core, userId)
  await fill(core, userId, values)
  const view = core.views.top(userId)
  if (!view) throw new Error(`${userId} has no modal open`)
  if (!isObject(view.payload.submit)) throw new Error('this modal has no submit button')
  const refusals = formErrors(view)
  if (Object.keys(refusals).length > 0) {
    view.errors = refusals
    return { ok: false, ackMs: 0, result: 'errors', errors: refusals, refusedByForm: true }
  }
  return deliverSubmission(core, user, view)
}

/** Fills fields by block or action id; each change is told to the app where its element dispatches. */
async function fill(core: Core, userId: string, values: FieldValues): Promise<void> {
  for (const [id, value] of Object.entries(values)) {
    const top = core.views.top(userId)
    if (!top) throw new Error(`${userId} has no modal open`)
    const inBlock = placedElements(top.blocks).find(({ block }) => block.block_id === id)
    const actionId = inBlock ? asString(inBlock.element.action_id) : id
    await change(core, userId, actionId, value, { view: true, ...(inBlock ? { blockId: id } : {}) })
  }
}

async function deliverSubmission(core: Core, user: User, view: View): Promise<SubmitOutcome> {
  const app = appOrFail(core, view.appId)
  const answer = await core.deliverer.deliver(app, {
    name: 'view_submission',
    kind: 'interactive',
    acceptsResponse: true,
    payload: {
      type: 'view_submission',
      ...interactionBase(core, app, user),
      trigger_id: core.triggers.issue(app.appId, user.id, view.id),
      view: core.views.toJson(view),
      response_urls: [],
    },
  })
  const { ms } = answer
  if (!answer.ok) return { ok: false, ackMs: ms, result: 'failed', error: interactionError(answer) }
  if (answer.body.trim() === '') {
    core.views.close(view)
    return { ok: true, ackMs: ms, result: 'closed' }
  }
  return follow(core, view, parseJson(answer.body), ms)
}

/** Does what the app's `response_action` says. */
function follow(core: Core, view: View, body: unknown, ackMs: number): SubmitOutcome {
  const answer = asObject(body)
  switch (answer.response_action) {
    case 'errors':
      return showErrors(core, view, asObject(answer.errors), ackMs)
    case 'clear':
      core.views.clear(view.userId)
      return { ok: true, ackMs, result: 'cleared' }
    case 'update':
    case 'push':
      return showView(core, view, answer, ackMs)
    default:
      if (isObject(body) && Object.keys(body).length === 0) {
        core.views.close(view)
        return { ok: true, ackMs, result: 'closed' }
      }
      return broken(
        core,
        'invalid_response_action',
        `unknown response_action in ${JSON.stringify(body)}`,
        ackMs,
      )
  }
}

function showErrors(core: Core, view: View, errors: Json, ackMs: number): SubmitOutcome {
  const inputs = view.blocks.filter((b) => b.type === 'input').map((b) => b.block_id)
  const stray = Object.keys(errors).filter((id) => !inputs.includes(id))
  if (stray.length > 0 || Object.keys(errors).length === 0) {
    const detail =
      stray.length > 0 ? `errors for blocks that are no inputs: ${stray.join(', ')}` : 'no errors given'
    return broken(core, 'invalid_errors', detail, ackMs)
  }
  view.errors = Object.fromEntries(Object.entries(errors).map(([k, v]) => [k, String(v)]))
  return { ok: true, ackMs, result: 'errors', errors: view.errors }
}

function showView(core: Core, view: View, answer: Json, ackMs: number): SubmitOutcome {
  const problems = viewProblems(answer.view, 'modal')
  if (problems.length > 0) return broken(core, 'invalid_view', problems.join('; '), ackMs)
  const payload = asObject(answer.view)
  if (answer.response_action === 'update') {
    core.views.update(view, payload)
    return { ok: true, ackMs, result: 'updated' }
  }
  if (core.views.stack(view.userId).length >= MAX_DEPTH) {
    return broken(core, 'push_limit_reached', `no more than ${MAX_DEPTH} views`, ackMs)
  }
  core.views.push(appOrFail(core, view.appId), view.userId, payload)
  return { ok: true, ackMs, result: 'pushed' }
}

function broken(core: Core, kind: string, detail: string, ackMs: number): SubmitOutcome {
  core.traffic.violate(kind, `answer to view_submission: ${detail}`)
  return { ok: false, ackMs, result: 'failed', error: 'We had some trouble connecting. Try again?' }
}

/** A person closes the modal on top (its close button), or all of them (the cross). */
export async function closeView(core: Core, userId: string, all = false): Promise<void> {
  const user = activePerson(core, userId)
  const top = core.views.top(userId)
  if (!top) throw new Error(`${userId} has no modal open`)
  const cleared = all || top.payload.clear_on_close === true
  const gone = cleared ? core.views.clear(userId) : [top]
  core.views.close(top)
  for (const view of gone.filter((v) => v.payload.notify_on_close === true)) {
    const app = appOrFail(core, view.appId)
    await core.deliverer.deliver(app, {
      name: 'view_closed',
      kind: 'interactive',
      acceptsResponse: false,
      payload: {
        type: 'view_closed',
        ...interactionBase(core, app, user),
        view: core.views.toJson(view),
        is_cleared: cleared,
      },
    })
  }
}
