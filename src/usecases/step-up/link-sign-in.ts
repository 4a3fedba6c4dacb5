import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { signInSystem } from '../../domain/step-up.ts'
import { freshAtClick } from '../_shared/person.ts'
import { stepUpRules } from '../_shared/proofs.ts'
import { identityEvent } from '../people/_engagements/engagement-events.ts'
import { signInLogin } from './_sign-in-login.ts'

/** `taken`: another person has this account of the company. `no_sign_in`: the catalog names no provider. */
export type LinkedSignIn =
  | { readonly kind: 'linked'; readonly displayName: string }
  | { readonly kind: 'unknown' | 'taken' | 'no_sign_in' }

/** The command line says which subject of the company’s sign-in a person is. */
export async function linkSignIn(
  { store, clock, catalog, directory }: Pick<Ports, 'store' | 'clock' | 'catalog' | 'directory'>,
  { userId, subject }: { userId: string; subject: string },
): Promise<LinkedSignIn> {
  const { signIn } = stepUpRules(catalog)
  if (!signIn) return { kind: 'no_sign_in' }
  const account = await directory.account(userId, freshAtClick)
  if (!account) return { kind: 'unknown' }
  const now = clock.now()
  const login = signInLogin({ subject, issuer: signIn.issuer })
  return store.transaction(async (tx): Promise<LinkedSignIn> => {
    const { personId } = await tx.accounts.upsert(account)
    const identity = { personId, system: signInSystem, login, confirmedById: null, confirmedAt: now }
    if (!(await tx.identities.confirm(identity))) return { kind: 'taken' }
    await tx.audit.append(identityEvent(identity, 'identity.confirmed', daypass, now))
    return { kind: 'linked', displayName: account.displayName }
  })
}
