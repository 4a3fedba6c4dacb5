import { and, eq, gt, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import type { SlackAccount } from '../../domain/account.ts'
import { daypass } from '../../domain/audit-event.ts'
import { signInSystem } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { accounts, persons } from '../schema/accounts.ts'
import { favourites } from '../schema/favourites.ts'
import { engagements, identities } from '../schema/people.ts'
import { passkeyCodes, passkeys } from '../schema/step-ups.ts'

/**
 * The id of the person of an account that is about to be written. An account with the confirmed address of another one in
 * the same workspace has the person of that one. `known`: the person whom the account has now, who is then merged with that person.
 */
export async function resolvePerson(
  session: Session,
  appends: Pick<Transaction, 'audit' | 'outbox'>,
  account: SlackAccount,
  known: string | null,
): Promise<string> {
  const { db, run, pipeline } = session
  const { teamId, userId, confirmedEmail } = account
  if (confirmedEmail !== null) {
    // A separate statement: the next one then sees an account with this address that was stored a moment ago.
    pipeline(run(lockName, { name: `person of ${teamId} ${confirmedEmail}` }))
    const twins = await db
      .selectDistinct({ personId: accounts.personId })
      .from(accounts)
      .where(
        and(
          eq(accounts.teamId, teamId),
          eq(accounts.confirmedEmail, confirmedEmail),
          ne(accounts.userId, userId),
        ),
      )
    // The person of the others stays: whoever read it a moment ago still has the right one.
    const found = [...twins.map(({ personId }) => personId), ...(known ? [known] : [])]
    const [first, ...others] = [...new Set(found)]
    for (const other of others) {
      if (first) await mergePersons(session, appends, { into: first, from: other, at: account.fetchedAt })
    }
    if (first) return first
  }
  if (known) return known
  const [created] = await db.insert(persons).values({}).returning({ id: persons.id })
  if (!created) throw new Error('A person was not stored')
  return created.id
}

/**
 * Makes two persons one, which only ever makes rules stricter: of two open engagements the one that ends first stays, and
 * nobody sponsors themselves or confirms their own logins. Nothing splits them again by itself.
 */
export async function mergePersons(
  { db, pipeline }: Session,
  appends: Pick<Transaction, 'audit' | 'outbox'>,
  { into, from, at }: { readonly into: string; readonly from: string; readonly at: Date },
): Promise<void> {
  const both = [into, from]
  await db
    .select({ id: persons.id })
    .from(persons)
    .where(inArray(persons.id, both))
    .orderBy(persons.id)
    .for('update')
  const open = await db
    .select()
    .from(engagements)
    .where(
      and(
        isNull(engagements.endedAt),
        or(inArray(engagements.personId, both), inArray(engagements.sponsorPersonId, both)),
      ),
    )
    .orderBy(engagements.endsAt, engagements.id)
    .for('no key update')
  const own = open.filter(
    ({ personId, sponsorPersonId }) => both.includes(personId) && !both.includes(sponsorPersonId),
  )
  const ending = open.filter((one) => both.includes(one.personId) && one !== own[0]).map(({ id }) => id)
  if (ending.length > 0)
    pipeline(db.update(engagements).set({ endedAt: at }).where(inArray(engagements.id, ending)))
  pipeline(db.update(engagements).set({ personId: into }).where(eq(engagements.personId, from)))
  pipeline(db.update(engagements).set({ sponsorPersonId: into }).where(eq(engagements.sponsorPersonId, from)))
  pipeline(
    db
      .update(persons)
      .set({ mergedInto: into })
      .where(or(eq(persons.id, from), eq(persons.mergedInto, from))),
  )
  pipeline(db.update(accounts).set({ personId: into }).where(eq(accounts.personId, from)))
  const taken = db.select({ system: identities.system }).from(identities).where(eq(identities.personId, into))
  const byThemselves = db.select({ id: accounts.id }).from(accounts).where(eq(accounts.personId, into))
  pipeline(
    db.delete(identities).where(
      or(
        and(eq(identities.personId, from), inArray(identities.system, taken)),
        and(inArray(identities.personId, both), inArray(identities.confirmedById, byThemselves)),
        // As with the passkeys: a sign-in of the one must not prove a click of the other.
        and(inArray(identities.personId, both), eq(identities.system, signInSystem)),
      ),
    ),
  )
  pipeline(db.update(identities).set({ personId: into }).where(eq(identities.personId, from)))
  pipeline(endProofs(db, both, at))
  pipeline(endCodes(db, both, at))
  pipeline(
    db.execute(sql`insert into favourites (person_id, resource_id, entitlement_id, added_at)
      select ${into}, resource_id, entitlement_id, added_at from favourites where person_id = ${from} on conflict do nothing`),
  )
  pipeline(db.delete(favourites).where(eq(favourites.personId, from)))
  pipeline(db.update(passkeys).set({ personId: into }).where(eq(passkeys.personId, from)))
  pipeline(db.update(accounts).set({ kind: kindOfAccount }).where(eq(accounts.personId, into)))
  for (const engagementId of ending) await appends.outbox.add({ kind: 'end_engagement', engagementId }, at)
  await appends.audit.append({
    at,
    actor: daypass,
    action: 'person.merged',
    subject: { kind: 'person', id: into },
    requestId: null,
    grantId: null,
    accountId: null,
    resourceId: null,
    entitlementId: null,
    policy: null,
    details: { from, ended_engagements: ending },
  })
}

/**
 * Ends the passkeys of both. Otherwise somebody who gives a taken-over account their own address would prove its clicks with their own
 * passkey.
 */
function endProofs(db: Session['db'], personIds: string[], at: Date) {
  return db
    .update(passkeys)
    .set({ removedAt: at })
    .where(and(inArray(passkeys.personId, personIds), isNull(passkeys.removedAt)))
}

/** The same for codes that nobody has used. */
function endCodes(db: Session['db'], personIds: string[], at: Date) {
  return db
    .update(passkeyCodes)
    .set({ usedAt: at })
    .where(
      and(
        inArray(passkeyCodes.personId, personIds),
        isNull(passkeyCodes.usedAt),
        gt(passkeyCodes.expiresAt, at),
      ),
    )
}

/** The kind of a stored account's person: a guest, or a person who has or had an engagement, is a contractor. */
export const kindOfAccount = sql<'employee' | 'contractor'>`case
  when ${accounts.isGuest} or exists (select from ${engagements} where ${engagements.personId} = ${accounts.personId})
  then 'contractor' else 'employee' end`
