import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { requireLease } from '../_shared/membership.ts'
import { type Account, accountSubject, accountsOf, makeAccount, usernameOfAccount } from './accounts.ts'
import {
  type Binding,
  earliest,
  type Given,
  givenBy,
  givenText,
  listBindings,
  placeText,
  type Subject,
} from './bindings.ts'
import {
  bindingsOf,
  ensureBinding,
  isSameRole,
  type Lease,
  leaseOf,
  removeBindings,
  requireUser,
  userSubject,
} from './lease.ts'
import { bindingName } from './names.ts'
import { mayDo, settled } from './reviews.ts'
import { questionsOf, requireKnown } from './roles.ts'
import type { KubernetesEntitlement } from './schema.ts'
import type { Api, Target } from './target.ts'

/** Makes the account of the lease, where it has one, and its bindings, and nothing besides. Then reads them back. */
export function grantAccess(target: Target, order: AccessOrder<KubernetesEntitlement>): Promise<Evidence> {
  const user = target.settings.access === 'user' ? requireUser(target, order) : null
  requireLease(order)
  return target.operation(async (api) => {
    const given = givenBy(order.content)
    const known = await requireKnown(target, api, given)
    const lease = leaseOf(target, order)
    const account = user === null ? await ensureAccount(target, api, lease) : null
    const subject = account ? accountSubject(target, account.name) : userSubject(user ?? '')
    await Promise.all(given.map((one) => ensureBinding(target, api, lease, one, subject)))
    const own = await readBack(target, api, order, given, subject)
    const username = account ? usernameOfAccount(target, account.name) : subject.name
    const questions = known.flatMap(questionsOf)
    const verdicts = await settled(
      () => mayDo(api, username, questions),
      (all) => all.every(({ allowed }) => allowed),
      target.settings.timeout / 3,
    )
    if (verdicts.some(({ allowed }) => !allowed)) throw notAllowed(target, username)
    return {
      readAt: api.now(),
      summary: `${username} has ${given.map(givenText).join(', ')}.`,
      facts: {
        user: username,
        ...(account && { account: account.uid }),
        bindings: own.map((binding) => placeText(binding)).sort(),
        since: earliest(own).toISOString(),
      },
    }
  })
}

async function ensureAccount(target: Target, api: Api, lease: Lease): Promise<Account> {
  const present = async () => (await accountsOf(target, api, lease.grantId))[0]
  const found = await present()
  if (found) return found
  await makeAccount(target, api, { ...lease, generation: 0 })
  const made = await present()
  if (made) return made
  throw changed(target, 'the ServiceAccount of the lease was deleted while it was made')
}

/** The bindings of the lease, each as wanted. What else names its account is removed. */
async function readBack(
  target: Target,
  api: Api,
  { grantId }: AccessOrder<unknown>,
  given: readonly Given[],
  subject: Subject,
): Promise<Binding[]> {
  const all = bindingsOf(target, grantId, await listBindings(api))
  const isWanted = (binding: Binding) =>
    given.some(
      (one) =>
        one.namespace === binding.namespace &&
        binding.name === bindingName(target.resourceId, grantId, one.role.kind, one.role.name) &&
        isSameRole(binding, one),
    )
  const left = await removeBindings(
    target,
    api,
    grantId,
    all.filter((binding) => !isWanted(binding)),
  )
  if (left.length > 0) {
    const places = left.map((binding) => placeText(binding)).join(', ')
    throw changed(target, `${places} names the ServiceAccount of the lease, and Daypass may not change that`)
  }
  const own = all.filter((binding) => isWanted(binding) && binding.subjects[0]?.name === subject.name)
  if (own.length === given.length) return own
  throw changed(target, 'a binding of the lease was changed by somebody while it was made')
}

function notAllowed({ resourceId }: Target, username: string): ConnectorError {
  const message = `${resourceId}: the bindings are there, and the API server still says that ${username} may not do what they give. See whether another authorizer denies it.`
  return new ConnectorError('conflict', message, { retryable: true })
}

function changed({ resourceId }: Target, what: string): ConnectorError {
  return new ConnectorError('conflict', `${resourceId}: ${what}. See who does that.`, { retryable: true })
}
