import type { Opener } from '../../api/open-view.ts'
import type { ActionListener } from '../../edge/listener.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { requestForm } from './form.ts'
import { formFor, readForm } from './form-state.ts'

export interface FormParts {
  readonly usecases: Pick<SlackUsecases, 'listRequestable'>
  readonly opener: Opener
}

/** Another resource was chosen: what depends on it is drawn anew, the reason stays. */
export function chooseResourceAction({ usecases, opener }: FormParts): ActionListener {
  return async ({ by, view, value }, reply) => {
    await reply.acknowledge()
    if (!view) return
    const typed = { ...readForm(view), resourceId: value, entitlementId: '', duration: null }
    await opener.update(view.id, requestForm(await formFor(usecases, by, typed)))
  }
}

/** Another entitlement was chosen: its own default duration stands there, the reason stays. */
export function chooseEntitlementAction({ usecases, opener }: FormParts): ActionListener {
  return async ({ by, view, value }, reply) => {
    await reply.acknowledge()
    if (!view) return
    const typed = { ...readForm(view), entitlementId: value, duration: null }
    await opener.update(view.id, requestForm(await formFor(usecases, by, typed)))
  }
}
