import { addSeconds } from 'date-fns/addSeconds'
import { daypass } from '../../domain/audit-event.ts'
import { codeSeconds } from '../../domain/passkey.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { freshAtClick } from '../_shared/person.ts'
import { hashOfCode, newCode } from './_hashes.ts'
import { orderPasskeyNotices } from './_passkey-notices.ts'

export type IssuedCode =
  | { readonly kind: 'issued'; readonly code: string; readonly displayName: string; readonly expiresAt: Date }
  | { readonly kind: 'unknown' | 'deactivated' }

/** The command line lets a person add a first passkey. Whoever runs the command hands the code over, and not by Slack. */
export async function issuePasskeyCode(
  { store, clock, directory }: Pick<Ports, 'store' | 'clock' | 'directory'>,
  userId: string,
): Promise<IssuedCode> {
  const account = await directory.account(userId, freshAtClick)
  if (!account) return { kind: 'unknown' }
  if (account.isDeactivated || account.isStranger || account.isBot) return { kind: 'deactivated' }
  const now = clock.now()
  const code = newCode()
  const expiresAt = addSeconds(now, codeSeconds)
  await store.transaction(async (tx) => {
    const { id: accountId, personId } = await tx.accounts.upsert(account)
    const issued = { personId, ground: 'code', issuedById: null, issuedAt: now, expiresAt } as const
    await tx.passkeyCodes.insert({ ...issued, codeHash: hashOfCode(code) })
    await tx.audit.append({
      ...ofNoRequest({ kind: 'person', id: personId }),
      ...{ at: now, actor: daypass, accountId, action: 'passkey.code_issued' },
      details: { expires_at: expiresAt.toISOString(), by: 'the command line' },
    })
    await orderPasskeyNotices(tx, { kind: 'passkey_code_issued', userId, byUserId: null }, now)
  })
  return { kind: 'issued', code, displayName: account.displayName, expiresAt }
}
