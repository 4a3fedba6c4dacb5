import { countsForCriticalFrom, type Passkey, type WebAuthnJson } from '../../domain/passkey.ts'
import type { StatedTerms } from '../../domain/stated-terms.ts'
import type { IntentKind, StepUpRules } from '../../domain/step-up.ts'
import type { StepUpParts } from '../../domain/step-up-parts.ts'
import { stepUpRules } from '../_shared/proofs.ts'
import { type ClosedStepUp, type FindPorts, findStepUp } from './_find-step-up.ts'
import { challengeOf } from './_hashes.ts'

/** The content of the step-up page. */
export interface StepUpPage {
  readonly kind: 'open'
  readonly intent: IntentKind
  readonly who: { readonly displayName: string; readonly userId: string }
  readonly terms: StatedTerms
  readonly expiresAt: Date
  /** For `navigator.credentials.get`. Null: no passkey of this person can prove this. */
  readonly assertion: WebAuthnJson | null
  /** For `navigator.credentials.create`. Null: no passkey is to be added. */
  readonly registration: WebAuthnJson | null
  readonly offersSignIn: boolean
  /** When the first passkey of this person counts. Null: one counts already, or there is none. */
  readonly countsFrom: Date | null
  readonly otherwise: StepUpRules['otherwise']
}

/** Reads a link for its page. It does not use the link: previews of links and reloads may open it as well. */
export async function openStepUpPage(
  ports: FindPorts & { readonly stepUp: StepUpParts },
  token: string,
): Promise<StepUpPage | ClosedStepUp> {
  const found = await findStepUp(ports, token)
  if (found.kind === 'closed') return found
  const { stepUp, account, terms } = found
  const { authenticator } = ports.stepUp
  const rules = stepUpRules(ports.catalog)
  const passkeys = await ports.store.passkeysOf(account.personId)
  const adds = stepUp.kind === 'add_passkey'
  const fit = adds ? passkeys : fitFor(terms, passkeys, rules, ports.clock.now())
  const takesPasskeys = adds || rules.methods.includes('passkey')
  const challenge = challengeOf(stepUp)
  return {
    kind: 'open',
    intent: stepUp.kind,
    who: account,
    terms,
    expiresAt: stepUp.expiresAt,
    assertion: takesPasskeys && fit.length > 0 ? await authenticator.assertionOptions(challenge, fit) : null,
    registration: adds
      ? await authenticator.registrationOptions(
          challenge,
          { id: account.personId, name: account.displayName },
          passkeys,
        )
      : null,
    offersSignIn: takesSignIn(rules, stepUp.kind, passkeys),
    countsFrom: fit.length === 0 ? earliest(passkeys, rules) : null,
    otherwise: rules.otherwise,
  }
}

/** The passkeys that count for this risk now. */
export function fitFor(
  { risk }: Pick<StatedTerms, 'risk'>,
  passkeys: readonly Passkey[],
  { coolingSeconds }: Pick<StepUpRules, 'coolingSeconds'>,
  now: Date,
): readonly Passkey[] {
  if (risk !== 'critical') return passkeys
  return passkeys.filter((passkey) => countsForCriticalFrom(passkey, coolingSeconds) <= now)
}

function earliest(passkeys: readonly Passkey[], { coolingSeconds }: StepUpRules): Date | null {
  const [first] = passkeys
  return first ? countsForCriticalFrom(first, coolingSeconds) : null
}

/**
 * A sign-in counts where the catalog takes it as a proof. Elsewhere it lets a person add a first passkey, and no further one: that would
 * be a way around the passkey that is there.
 */
export function takesSignIn(
  { methods, signIn }: Pick<StepUpRules, 'methods' | 'signIn'>,
  kind: IntentKind,
  passkeys: readonly Passkey[],
): boolean {
  return signIn !== null && (methods.includes('sign-in') || (kind === 'add_passkey' && passkeys.length === 0))
}
