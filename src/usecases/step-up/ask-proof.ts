import { addSeconds } from 'date-fns/addSeconds'
import { UnknownAccount } from '../../domain/directory.ts'
import type { Ports } from '../../domain/ports.ts'
import type { StatedTerms } from '../../domain/stated-terms.ts'
import { type Intent, type IntentKind, linkSeconds, type StepUpRules } from '../../domain/step-up.ts'
import { type AccountKey, freshAtClick } from '../_shared/person.ts'
import { stepUpRules } from '../_shared/proofs.ts'
import { boundTerms, hashOfTerms, hashOfToken, newNonce, newToken } from './_hashes.ts'
import { type StatePorts, stateTerms } from './_state-terms.ts'

export type AskProofPorts = StatePorts & Pick<Ports, 'clock' | 'stepUp'>

/**
 * `asked`: the address works once, for two minutes. `no_way`: this person has nothing to prove it with, and `otherwise` says what to
 * do. `not_configured`: `PUBLIC_URL` is not set. `gone`: what was clicked is not there any more.
 */
export type AskedProof =
  | {
      readonly kind: 'asked'
      readonly stepUpId: string
      readonly url: string
      readonly terms: StatedTerms
      readonly methods: StepUpRules['methods']
    }
  | {
      readonly kind: 'no_way'
      readonly intent: IntentKind
      readonly terms: StatedTerms
      readonly otherwise: StepUpRules['otherwise']
    }
  | { readonly kind: 'not_configured' | 'gone' }

/** Makes a link to the step-up page, bound to this person, this click and its terms as they are now. Throws `DirectoryUnavailable`. */
export async function askProof(
  ports: AskProofPorts,
  { by, intent, viewId = null }: { by: AccountKey; intent: Intent; viewId?: string | null },
): Promise<AskedProof> {
  const { stepUp: parts, store, clock, directory } = ports
  if (!parts) return { kind: 'not_configured' }
  const slack = await directory.account(by.userId, freshAtClick)
  if (!slack) throw new UnknownAccount(by.userId)
  const account = await store.transaction((tx) => tx.accounts.upsert(slack))
  const terms = await stateTerms(ports, account, intent)
  if (!terms) return { kind: 'gone' }
  const rules = stepUpRules(ports.catalog)
  if (intent.kind !== 'add_passkey' && !(await canProve(ports, rules, account.personId)))
    return { kind: 'no_way', intent: intent.kind, terms, otherwise: rules.otherwise }
  const token = newToken()
  const nonce = newNonce()
  const now = clock.now()
  const { id } = await store.transaction((tx) =>
    tx.stepUps.insert({
      tokenHash: hashOfToken(token),
      accountId: account.id,
      personId: account.personId,
      kind: intent.kind,
      requestId: terms.requestId,
      intent,
      termsHash: hashOfTerms(boundTerms(intent.kind, account, terms, nonce)),
      nonce,
      viewId,
      createdAt: now,
      expiresAt: addSeconds(now, linkSeconds),
    }),
  )
  // After `#`, so that no server, proxy or preview of links reads the token.
  return {
    kind: 'asked',
    stepUpId: id,
    url: `${parts.origin}/step-up#${token}`,
    terms,
    methods: rules.methods,
  }
}

/** Remembers the window in Slack that shows the link, so that it can say later what became of it. */
export function shownIn(
  { store }: Pick<Ports, 'store'>,
  { stepUpId, viewId }: { stepUpId: string; viewId: string },
): Promise<void> {
  return store.transaction((tx) => tx.stepUps.shownIn(stepUpId, viewId))
}

async function canProve({ store }: AskProofPorts, rules: StepUpRules, personId: string): Promise<boolean> {
  if (rules.methods.includes('sign-in')) return true
  return (await store.passkeysOf(personId)).length > 0
}
