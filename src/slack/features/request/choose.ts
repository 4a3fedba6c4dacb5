import { type Entitlement, findEntitlement } from '../../../domain/catalog.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { bundleForm } from '../bundle/form.ts'
import { bundleFormFor } from '../bundle/form-state.ts'
import { bundleOfValue } from '../bundle/ids.ts'
import { favouriteOfOption } from '../favourites/value.ts'
import type { FeatureParts } from '../feature.ts'
import { requestForm } from './form.ts'
import { formFor, readForm, ticketIn } from './form-state.ts'

type FormParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Another resource, a bundle or a favourite was chosen: replaces the fields that depend on it, and keeps the reason. */
export function chooseResourceAction({ ports, opener }: FormParts): ActionListener {
  return async ({ by, view, value }, reply) => {
    await reply.acknowledge()
    if (!view) return
    const bundleId = bundleOfValue(value)
    if (bundleId !== null) {
      const typed = readForm(view)
      const ticket =
        typed.ticket ?? (typed.aboutMessage ? ticketIn(typed.justification, partsOf(ports, bundleId)) : null)
      const form = await bundleFormFor(ports, by, { ...typed, ticket, bundleId, duration: null })
      if (form) await opener.update(view.id, bundleForm(form))
      return
    }
    const favourite = favouriteOfOption(value)
    const chosen = favourite ?? { resourceId: value, entitlementId: '' }
    const typed = { ...readForm(view), ...chosen, duration: null, parameters: {} }
    const form = await formFor(ports, by, typed)
    await opener.update(view.id, requestForm({ ...form, byFavourite: favourite !== null }))
  }
}

function partsOf({ catalog }: Pick<Ports, 'catalog'>, bundleId: string): Entitlement[] {
  const parts = catalog.bundles?.get(bundleId)?.parts ?? []
  return parts.flatMap(
    (part) => findEntitlement(catalog, part.resourceId, part.entitlementId)?.entitlement ?? [],
  )
}

/** Another entitlement was chosen: shows its default duration, and keeps the reason. */
export function chooseEntitlementAction({ ports, opener }: FormParts): ActionListener {
  return async ({ by, view, value }, reply) => {
    await reply.acknowledge()
    if (!view) return
    const typed = { ...readForm(view), entitlementId: value, duration: null, parameters: {} }
    await opener.update(view.id, requestForm(await formFor(ports, by, typed)))
  }
}
