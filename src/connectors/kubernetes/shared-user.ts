import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { givenBy, givenText, type Place, placeText } from './bindings.ts'
import { ensureBinding, leaseOf, requireUser, userSubject } from './lease.ts'
import { isBindingOf } from './names.ts'
import { remainsOf } from './remains.ts'
import { type Removed, sinceOf } from './remove-lease.ts'
import { mayDo, settled, type Verdict } from './reviews.ts'
import { type Known, type Question, questionsOf, readKnown, requireKnown } from './roles.ts'
import type { KubernetesEntitlement } from './schema.ts'
import type { Api, Target } from './target.ts'

/** For access that is given to a user of the cluster, who may have it from several leases and from elsewhere. */

type Order = AccessOrder<KubernetesEntitlement | null>

/** Other leases of the same user have bindings of their own. Gives again those that somebody removed. */
export async function giveOthers(target: Target, api: Api, order: Order, user: string): Promise<void> {
  for (const other of order.alsoHeld ?? []) {
    const known = await readKnown(api, givenBy(other.content))
    const lease = leaseOf(target, { grantId: other.grantId, holder: order.holder })
    await Promise.all(
      known
        // A binding to a role that is gone would give a later one of that name.
        .filter(({ rules }) => rules.length > 0)
        .map((given) => ensureBinding(target, api, lease, given, userSubject(user))),
    )
  }
}

export async function readBackUser(
  target: Target,
  api: Api,
  order: Order,
  { user, known, removed }: { user: string; known: readonly Known[]; removed: Removed },
): Promise<Evidence> {
  const questions = known.flatMap(questionsOf)
  const verdicts = await settled(
    () => mayDo(api, user, questions),
    (all) => !all.some((verdict) => isOf(target, [order], verdict)),
    target.settings.timeout / 3,
  )
  const stale = verdicts.find((verdict) => isOf(target, [order], verdict))
  if (stale) throw stillAllowed(target, user, stale)
  const elsewhere = verdicts.filter((verdict) => isElsewhere(target, order, verdict))
  const keptBy = (order.alsoHeld ?? [])
    .filter((other) => verdicts.some((verdict) => isOf(target, [other], verdict)))
    .map(({ grantId }) => grantId)
  return {
    readAt: api.now(),
    summary: `No binding of the lease names ${user}${keptBy.length > 0 ? '; another lease gives it the same, in part or whole' : ''}.`,
    facts: {
      user,
      bindings: removed.bindings.map((binding) => placeText(binding)).sort(),
      deniedQuestions: verdicts.filter(({ allowed }) => !allowed).length,
      ...(keptBy.length > 0 && { keptBy }),
    },
    ...(await remainsOf(target, api, order, removed, {
      known,
      since: sinceOf(order, removed),
      elsewhere: elsewhere.map((verdict) => elsewhereText(user, verdict)),
    })),
  }
}

/**
 * What the user may do already of all that the content gives, without a lease. Groups of the user are not known here: what they
 * give is not found.
 */
export async function standingAccess(
  target: Target,
  order: AccessOrder<KubernetesEntitlement>,
): Promise<string | null> {
  if (!order.holder.identity || target.settings.access !== 'user') return null
  const user = requireUser(target, order)
  return target.operation(async (api) => {
    const given = givenBy(order.content)
    const known = await requireKnown(target, api, given)
    const verdicts = await mayDo(api, user, known.flatMap(questionsOf))
    if (!verdicts.every((verdict) => isElsewhere(target, order, verdict))) return null
    const by = [...new Set(verdicts.map(bindingText))].slice(0, 3).join(', ')
    return `${user} has ${given.map(givenText).join(', ')} already, by ${by}.`
  })
}

/** Whether the binding that allows it is that of one of these leases. */
function isOf(
  { resourceId }: Target,
  leases: readonly { readonly grantId: string }[],
  { allowed, reason }: Verdict,
): boolean {
  const name = bindingIn(reason)?.name
  return allowed && name !== undefined && leases.some(({ grantId }) => isBindingOf(resourceId, grantId, name))
}

function isElsewhere(
  target: Target,
  { grantId, alsoHeld = [] }: Pick<Order, 'grantId' | 'alsoHeld'>,
  verdict: Verdict,
): boolean {
  return verdict.allowed && !isOf(target, [{ grantId }, ...alsoHeld], verdict)
}

/** "alice may still get pods in orders, by RoleBinding support/orders." */
function elsewhereText(user: string, verdict: Verdict): string {
  return `${user} may still ${questionText(verdict.question)}, by ${bindingText(verdict)}.`
}

function questionText(question: Question): string {
  if ('path' in question) return `${question.verb} ${question.path}`
  const { verb, resource, subresource, namespace } = question
  const what = `${verb} ${resource}${subresource && `/${subresource}`}`.replaceAll('*', 'everything')
  return namespace === null ? what : `${what} in ${namespace}`
}

/** The reason names the binding, where the authorizer is RBAC. What follows it can be somebody's choice. */
function bindingIn(reason: string): Place | null {
  const [, place] = /^RBAC: allowed by (?:Cluster)?RoleBinding "([^"]{1,600})"/.exec(reason) ?? []
  if (place === undefined) return null
  const [name = '', namespace = null] = place.split('/')
  return { name, namespace }
}

function bindingText({ reason }: Verdict): string {
  const binding = bindingIn(reason)
  return binding ? placeText(binding) : 'an authorizer that is not RBAC'
}

function stillAllowed({ resourceId }: Target, user: string, { reason }: Verdict): ConnectorError {
  const message = `${resourceId}: the bindings of the lease are gone, and the API server still lets ${user} do what they gave. It gives as reason: ${reason.slice(0, 200)}`
  return new ConnectorError('still_present', message, { retryable: true })
}
