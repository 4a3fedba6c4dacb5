import { setTimeout as pause } from 'node:timers/promises'
import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { nothingGiven } from '../_shared/membership.ts'
import { type Account, usernameOfAccount } from './accounts.ts'
import { givenBy, placeText } from './bindings.ts'
import { clusterUserOf } from './lease.ts'
import { accountName } from './names.ts'
import { type Remains, remainsOf, residualOf } from './remains.ts'
import { type Removed, removeLease, sinceOf, tokensAreRemembered } from './remove-lease.ts'
import { isAccepted, mayDo, settled, type Verdict } from './reviews.ts'
import { type Known, type Question, questionsOf, readKnown } from './roles.ts'
import type { KubernetesEntitlement } from './schema.ts'
import { giveOthers, readBackUser } from './shared-user.ts'
import type { Api, Target } from './target.ts'

type Order = AccessOrder<KubernetesEntitlement | null>

/** Removes bindings and accounts of the lease until a look finds none, and reads back that nothing may be done any more. */
export function revokeAccess(target: Target, order: Order): Promise<Evidence> {
  const isOfUser = target.settings.access === 'user'
  const user = isOfUser ? clusterUserOf(target, order) : null
  if (isOfUser && user === null) return Promise.resolve(nothingGiven())
  if (user !== null) return revokeFromUser(target, order, user)
  return revokeAccount(target, order)
}

function revokeFromUser(target: Target, order: Order, user: string): Promise<Evidence> {
  return target.operation(async (api) => {
    const [known, removed] = await Promise.all([knownOf(api, order), removeLease(target, api, order.grantId)])
    await giveOthers(target, api, order, user)
    const evidence = await readBackUser(target, api, order, { user, known, removed })
    return { ...evidence, ...residualOf(removed, order) }
  })
}

async function revokeAccount(target: Target, order: Order): Promise<Evidence> {
  const done = await target.operation(async (api) => {
    const reading = knownOf(api, order)
    const ask = async (accounts: readonly Account[]) =>
      Promise.all(
        usersOf(target, order, accounts).map(async (user) =>
          mayDo(api, user, (await reading).flatMap(questionsOf)),
        ),
      )
    const [known, removed] = await Promise.all([reading, removeLease(target, api, order.grantId, ask)])
    const isSure = removed.left.length === 0
    return {
      known,
      removed,
      evidence: isSure ? await readBackAccount(target, api, order, { known, removed }) : null,
    }
  })
  if (done.evidence) return done.evidence
  // Its roles go on in what Daypass may not change; they are nobody's once no token of the account is accepted.
  await pause(tokensAreRemembered * 1_000)
  return target.operation((api) => readBackAccount(target, api, order, done))
}

async function knownOf(api: Api, { content }: Order): Promise<Known[]> {
  return content ? readKnown(api, givenBy(content)) : []
}

async function readBackAccount(
  target: Target,
  api: Api,
  order: Order,
  { known, removed }: { known: readonly Known[]; removed: Removed & { beside: Verdict[][] | null } },
): Promise<Evidence> {
  const { probes, left, accounts, beside } = removed
  const users = usersOf(target, order, accounts)
  const questions = known.flatMap(questionsOf)
  const [isTokenRefused] = await Promise.all([
    probes.length === 0 ? null : refusesTokens(target, api, probes),
    ...(left.length > 0
      ? []
      : users.map((user, at) => requireDenied(target, api, user, questions, beside?.[at]))),
  ])
  const remains: Remains = { known, since: sinceOf(order, removed), elsewhere: [] }
  return {
    readAt: api.now(),
    summary: summaryOf(users[0] ?? '', { questions: questions.length, isTokenRefused }),
    facts: {
      accounts: accounts.map((account) => account.name),
      bindings: removed.bindings.map((binding) => placeText(binding)).sort(),
      deniedQuestions: left.length > 0 ? null : questions.length,
      tokenRefused: isTokenRefused,
    },
    ...residualOf(removed, order),
    ...(await remainsOf(target, api, order, removed, remains)),
  }
}

/** The latest account of the lease, and the one of its grant. */
function usersOf(target: Target, { grantId, given }: Order, accounts: readonly Account[]): string[] {
  const name = accounts[0]?.name ?? accountName(target.resourceId, grantId, 0)
  const granted = typeof given?.user === 'string' ? [given.user] : []
  return [...new Set([usernameOfAccount(target, name), ...granted])]
}

/** In milliseconds: longer than the API server usually needs to hear of a deleted account. */
const deletionIsHeard = 250

/**
 * The API server hears of the deletion a moment later, and remembers for ten seconds that it accepted a token. So after an early
 * question it is asked about another token.
 */
async function refusesTokens(
  target: Target,
  api: Api,
  [first = '', second = first]: readonly string[],
): Promise<true> {
  if (!(await isAccepted(api, first))) return true
  await pause(deletionIsHeard)
  return refusesToken(target, api, second)
}

async function refusesToken(target: Target, api: Api, token: string): Promise<true> {
  const within = Math.min(tokensAreRemembered, target.settings.timeout / 2)
  if (
    !(await settled(
      () => isAccepted(api, token),
      (accepted) => !accepted,
      within,
    ))
  )
    return true
  const message = `${target.resourceId}: the account of the lease is deleted, and the API server still accepts a token of it. Daypass asks again; if it stays so, see its log.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

async function requireDenied(
  target: Target,
  api: Api,
  user: string,
  questions: readonly Question[],
  first: Verdict[] | undefined,
): Promise<void> {
  const verdicts = await settled(
    () => mayDo(api, user, questions),
    (all) => all.every(({ allowed }) => !allowed),
    target.settings.timeout / 3,
    first,
  )
  const allowed = verdicts.find((verdict) => verdict.allowed)
  if (!allowed) return
  const message = `${target.resourceId}: the bindings of the lease are gone, and the API server still lets ${user} do what they gave. It gives as reason: ${allowed.reason.slice(0, 200) || 'none'}`
  throw new ConnectorError('still_present', message, { retryable: true })
}

function summaryOf(
  account: string,
  { questions, isTokenRefused }: { questions: number; isTokenRefused: true | null },
): string {
  const what = [
    `The ServiceAccount ${account} and its bindings do not exist`,
    ...(isTokenRefused ? ['a token of it is refused'] : []),
    ...(questions > 0 ? ['it may do nothing of what they gave'] : []),
  ]
  return `${what.join(', ').replace(/, ([^,]*)$/, ', and $1')}.`
}
