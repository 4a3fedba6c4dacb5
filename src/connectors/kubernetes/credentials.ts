import { type AccessOrder, ConnectorError, type Credentials } from '../../domain/connector.ts'
import {
  accountPath,
  accountSubject,
  accountsOf,
  makeAccount,
  requestToken,
  usernameOfAccount,
} from './accounts.ts'
import { type Binding, bindingPath, givenBy, listBindings, readBinding } from './bindings.ts'
import { kubeconfig } from './kubeconfig.ts'
import { isSameRole, leaseOf } from './lease.ts'
import { accountName, bindingName, isBindingOf } from './names.ts'
import { mayDo, settled } from './reviews.ts'
import { type Known, questionsOf, readKnown } from './roles.ts'
import type { KubernetesEntitlement } from './schema.ts'
import type { Api, Target } from './target.ts'

type Order = AccessOrder<KubernetesEntitlement | null>

/** How often another showing of the same credentials may come first. */
const tries = 5

/**
 * Gives the roles to a new account, and makes a token of it. The API server goes on to accept a token for some seconds after its
 * account is deleted; the former account has no roles from the moment on in which the new one has them.
 */
export function issueCredentials(target: Target, order: Order): Promise<Credentials | null> {
  if (target.settings.access === 'user') return Promise.resolve(null)
  const { resourceId } = target
  return target.operation(async (api) => {
    const [before, { own, known }] = await Promise.all([
      accountsOf(target, api, order.grantId),
      ownBindings(target, api, order),
    ])
    if (before.length === 0 || own.length === 0 || order.until <= api.now()) throw notGranted(target)
    const { account, isMoved } = await moveToNext(target, api, order, own, before[0]?.generation ?? 0)
    if (!isMoved) {
      // A revocation removed the bindings meanwhile.
      await api.remove(accountPath(target, account))
      throw notGranted(target)
    }
    const seconds = (order.until.getTime() - api.now().getTime()) / 1_000
    const [{ token, expiresAt }] = await Promise.all([
      requestToken(target, api, account, seconds),
      ...before.map(({ name }) => api.remove(accountPath(target, name))),
      ...before.map(({ name }) => requireNothing(target, api, name, known)),
    ])
    return {
      ...(await describe(target, own, account, token)),
      // The server rounds, and never makes one that lasts less than ten minutes; the lease ends it before.
      expiresAt: expiresAt.getTime() < order.until.getTime() - 5_000 ? expiresAt : order.until,
    }
  })

  function notGranted({ settings }: Target): ConnectorError {
    const message = `${resourceId}: the lease has no account in ${settings.namespace}, or no bindings: it has ended, or was not granted`
    return new ConnectorError('not_granted', message, { retryable: false })
  }
}

/** The bindings of the lease, and what their roles allow. */
async function ownBindings(
  { resourceId }: Target,
  api: Api,
  { grantId, content }: Order,
): Promise<{ own: Binding[]; known: Known[] }> {
  if (!content) {
    const own = (await listBindings(api)).filter(({ name }) => isBindingOf(resourceId, grantId, name))
    return { own, known: await readKnown(api, own) }
  }
  const given = givenBy(content)
  const [found, known] = await Promise.all([
    Promise.all(
      given.map(({ namespace, role }) =>
        readBinding(api, { namespace, name: bindingName(resourceId, grantId, role.kind, role.name) }),
      ),
    ),
    readKnown(api, given),
  ])
  const own = found.filter((binding) => binding !== null)
  // Somebody may have made one anew, with another role.
  const changed = own.filter((binding) => !given.some((one) => isSameRole(binding, one)))
  return { own, known: [...known, ...(await readKnown(api, changed))] }
}

async function moveToNext(
  target: Target,
  api: Api,
  order: Order,
  own: readonly Binding[],
  latest: number,
): Promise<{ account: string; isMoved: boolean }> {
  const move = async (account: string) => {
    const moved = await Promise.all(own.map((binding) => moveTo(target, api, binding, account)))
    return moved.some(Boolean)
  }
  const expected = accountName(target.resourceId, order.grantId, latest + 1)
  // Nobody was shown a token of the account of the grant: if the next one cannot be made, nobody has lost anything.
  const [account, isMoved] = await Promise.all([
    nextAccount(target, api, order, latest),
    latest === 0 ? move(expected) : null,
  ])
  const isDone = account === expected && isMoved !== null
  return { account, isMoved: isDone ? isMoved : await move(account) }
}

async function nextAccount(
  target: Target,
  api: Api,
  order: AccessOrder<unknown>,
  latest: number,
): Promise<string> {
  const lease = leaseOf(target, order)
  for (let next = latest + 1; next <= latest + tries; next += 1) {
    const { name, isNew } = await makeAccount(target, api, { ...lease, generation: next })
    if (isNew) return name
  }
  const message = `${target.resourceId}: somebody else makes accounts for this lease at the same time. Ask once more.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

function moveTo(target: Target, api: Api, binding: Binding, account: string): Promise<boolean> {
  return api.change(bindingPath(binding), { subjects: [accountSubject(target, account)] })
}

/** Former credentials are worth nothing before new ones are shown. */
async function requireNothing(
  target: Target,
  api: Api,
  account: string,
  known: readonly Known[],
): Promise<void> {
  const questions = known.flatMap(questionsOf)
  const verdicts = await settled(
    () => mayDo(api, usernameOfAccount(target, account), questions),
    (all) => all.every(({ allowed }) => !allowed),
    target.settings.timeout / 3,
  )
  if (verdicts.every(({ allowed }) => !allowed)) return
  const message = `${target.resourceId}: the former account ${account} keeps its roles, so no new credentials are shown. See which binding names it.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

async function describe(
  target: Target,
  bindings: readonly Binding[],
  account: string,
  token: string,
): Promise<Omit<Credentials, 'expiresAt'>> {
  const { resourceId, settings } = target
  const server = settings.publicUrl ?? settings.url
  const namespaces = bindings.flatMap(({ namespace }) => namespace ?? []).sort()
  const text = await kubeconfig({
    cluster: resourceId,
    server,
    authority: await target.authority(),
    token,
    user: account,
    namespace: namespaces[0] ?? null,
  })
  const file = `daypass-${resourceId}.yml`
  return {
    fields: [
      { label: 'API server', value: server },
      { label: 'ServiceAccount', value: usernameOfAccount(target, account) },
      { label: 'Token', value: token },
      { label: `Kubeconfig: save it as ${file}, for you alone (chmod 600)`, value: text },
    ],
    commands: [{ label: 'kubectl', text: `kubectl --kubeconfig ${file} auth can-i --list` }],
  }
}
