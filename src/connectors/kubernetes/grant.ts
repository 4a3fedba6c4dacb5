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
  leaseOf,
  removeBindings,
  requireUser,
  userSubject,
} from './lease.ts'
import { accountName, bindingName } from './names.ts'
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
    const [known, present] = await Promise.all([
      requireKnown(target, api, given),
      user === null ? latestAccount(target, api, order) : null,
    ])
    const lease = leaseOf(target, order)
    const name = present?.name ?? accountName(target.resourceId, order.grantId, 0)
    const subject = user === null ? accountSubject(target, name) : userSubject(user)
    const username = user ?? usernameOfAccount(target, name)
    await Promise.all([
      ...(user === null && !present ? [makeAccount(target, api, { ...lease, generation: 0 })] : []),
      ...given.map((one) => ensureBinding(target, api, lease, one, subject)),
    ])
    const questions = known.flatMap(questionsOf)
    const mayNow = () => mayDo(api, username, questions)
    const [account, { own, hadOthers }, first] = await Promise.all([
      user === null ? (present ?? requireAccount(target, api, order, name)) : null,
      readBack(target, api, order, given, subject),
      mayNow(),
    ])
    const verdicts = await settled(
      mayNow,
      (all) => all.every(({ allowed }) => allowed),
      target.settings.timeout / 3,
      // What was removed by the read-back may have allowed it.
      hadOthers ? undefined : first,
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

async function latestAccount(
  target: Target,
  api: Api,
  { grantId }: AccessOrder<unknown>,
): Promise<Account | null> {
  return (await accountsOf(target, api, grantId))[0] ?? null
}

/** The account that was just made, read back. */
async function requireAccount(
  target: Target,
  api: Api,
  order: AccessOrder<unknown>,
  name: string,
): Promise<Account> {
  const made = await latestAccount(target, api, order)
  if (made?.name === name) return made
  throw changed(target, 'the ServiceAccount of the lease was deleted or replaced while it was made')
}

/** The bindings of the lease, each as wanted. What else names its account is removed. */
async function readBack(
  target: Target,
  api: Api,
  { grantId }: AccessOrder<unknown>,
  given: readonly Given[],
  subject: Subject,
): Promise<{ own: Binding[]; hadOthers: boolean }> {
  const all = bindingsOf(target, grantId, await listBindings(api))
  const isWanted = (binding: Binding) =>
    given.some(
      (one) =>
        one.namespace === binding.namespace &&
        binding.name === bindingName(target.resourceId, grantId, one.role.kind, one.role.name) &&
        isSameRole(binding, one),
    )
  const others = all.filter((binding) => !isWanted(binding))
  const left = await removeBindings(target, api, grantId, others)
  if (left.length > 0) {
    const places = left.map((binding) => placeText(binding)).join(', ')
    throw changed(target, `${places} names the ServiceAccount of the lease, and Daypass may not change that`)
  }
  const own = all.filter((binding) => isWanted(binding) && binding.subjects[0]?.name === subject.name)
  if (own.length === given.length) return { own, hadOthers: others.length > 0 }
  throw changed(target, 'a binding of the lease was changed by somebody while it was made')
}

function notAllowed({ resourceId }: Target, username: string): ConnectorError {
  const message = `${resourceId}: the bindings are there, and the API server still says that ${username} may not do what they give. See whether another authorizer denies it.`
  return new ConnectorError('conflict', message, { retryable: true })
}

function changed({ resourceId }: Target, what: string): ConnectorError {
  return new ConnectorError('conflict', `${resourceId}: ${what}. See who does that.`, { retryable: true })
}
