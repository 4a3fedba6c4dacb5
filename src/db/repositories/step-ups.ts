import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import type { Passkey } from '../../domain/passkey.ts'
import type { IntentKind, StepUp } from '../../domain/step-up.ts'
import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Database } from '../database.ts'
import type { Session } from '../in-transaction.ts'
import { intent, readJson } from '../mapping/stored-json.ts'
import { prepare } from '../queries.ts'
import { passkeyCodes, passkeys, type StepUpRow, stepUps } from '../schema/step-ups.ts'
import { isUuid } from '../text.ts'

const byToken = prepare(['tokenHash'], (db, { tokenHash }) =>
  db.select().from(stepUps).where(eq(stepUps.tokenHash, tokenHash)),
)
const ofPerson = prepare(['personId'], (db, { personId }) =>
  db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.personId, personId), isNull(passkeys.removedAt)))
    .orderBy(asc(passkeys.addedAt), asc(passkeys.id)),
)

export function stepUpsOn({ run }: Database): Pick<Store, 'stepUpByToken' | 'passkeysOf'> {
  return {
    stepUpByToken: async (tokenHash) => {
      const [row] = await run(byToken, { tokenHash })
      return row ? toStepUp(row) : null
    },
    passkeysOf: (personId) => run(ofPerson, { personId }),
  }
}

export function stepUpsIn({ db, pipeline }: Session): Transaction['stepUps'] {
  return {
    insert: async (stepUp) => {
      const [row] = await db.insert(stepUps).values(stepUp).returning()
      if (!row) throw new Error('A step-up was not stored')
      return toStepUp(row)
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await db.select().from(stepUps).where(eq(stepUps.id, id)).for('no key update')
      return row ? toStepUp(row) : null
    },
    shownIn: async (id, viewId) => pipeline(db.update(stepUps).set({ viewId }).where(eq(stepUps.id, id))),
    extend: async (id, expiresAt) =>
      pipeline(db.update(stepUps).set({ expiresAt }).where(eq(stepUps.id, id))),
    use: async (id, usedAt, method) =>
      pipeline(db.update(stepUps).set({ usedAt, method, intent: null }).where(eq(stepUps.id, id))),
  }
}

export function passkeysIn({ db, pipeline }: Session): Transaction['passkeys'] {
  return {
    insert: async ({ transports, ...passkey }) => {
      const [row] = await db
        .insert(passkeys)
        .values({ ...passkey, transports: [...transports] })
        .onConflictDoNothing({ target: passkeys.credentialId })
        .returning()
      return row ?? null
    },
    lock: async (id): Promise<Passkey | null> => {
      if (!isUuid(id)) return null
      const [row] = await db.select().from(passkeys).where(eq(passkeys.id, id)).for('no key update')
      return row ?? null
    },
    used: async (id, { counter, at }) =>
      pipeline(db.update(passkeys).set({ counter, lastUsedAt: at }).where(eq(passkeys.id, id))),
    remove: async (id, removedAt) =>
      pipeline(db.update(passkeys).set({ removedAt }).where(eq(passkeys.id, id))),
  }
}

export function passkeyCodesIn({ db, pipeline }: Session): Transaction['passkeyCodes'] {
  return {
    insert: async (code) => pipeline(db.insert(passkeyCodes).values(code)),
    lock: async (personId, codeHash, now) => {
      const [row] = await db
        .select()
        .from(passkeyCodes)
        .where(
          and(
            eq(passkeyCodes.personId, personId),
            eq(passkeyCodes.codeHash, codeHash),
            isNull(passkeyCodes.usedAt),
            gt(passkeyCodes.expiresAt, now),
          ),
        )
        .for('no key update')
      return row ?? null
    },
    use: async (id, usedAt) =>
      pipeline(db.update(passkeyCodes).set({ usedAt }).where(eq(passkeyCodes.id, id))),
  }
}

function toStepUp({ tokenHash: _, method: __, kind, intent: stored, ...row }: StepUpRow): StepUp {
  const read = stored === null ? null : readJson(intent, stored, 'step_ups', row.id, 'intent')
  return { ...row, kind: kind as IntentKind, intent: read }
}
