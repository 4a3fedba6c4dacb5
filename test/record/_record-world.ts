import { generateKeyPairSync, sign } from 'node:crypto'
import { verifierKey } from '../../src/domain/record/checkpoint.ts'
import type { CheckpointMemory, RecordSigner } from '../../src/domain/record/record-log.ts'
import { ofNoRequest } from '../../src/usecases/_shared/audit-events.ts'
import { signCheckpoint } from '../../src/usecases/record/sign-checkpoint.ts'
import { checkRecord, verifyRecord } from '../../src/usecases/record/verify-record.ts'
import { openWorld } from '../_world.ts'

/** A world whose record is sequenced, signed and verified by hand. `owner` is the database's owner, who can do anything. */
export async function openRecordWorld() {
  const world = await openWorld()
  const { owner } = world
  const signer = newSigner()
  const memory = newMemory()
  const { record, store, clock } = world.ports
  const ports = { ...world.ports, signer, memory }
  return {
    ...world,
    record,
    signer,
    memory,
    /** Adds events that mean nothing. */
    append: (count: number) =>
      store.transaction(async (tx) => {
        for (let n = 0; n < count; n += 1)
          await tx.audit.append({
            ...ofNoRequest(null),
            at: clock.now(),
            actor: { kind: 'daypass' },
            action: 'people.imported',
            details: { n, quoted: '“ü”', number: 1.5 },
          })
      }),
    sequence: async () => {
      while ((await record.sequence({ late: true })) > 0);
    },
    sign: (by: RecordSigner = signer) => signCheckpoint({ ...ports, signer: by }),
    /** Verifies the whole record as a worker does, and says what it found. */
    async verify(scope: 'new' | 'whole' = 'whole', from = 0) {
      const { origin } = await record.state()
      return verifyRecord(ports, { scope, from }, await signer.key(origin))
    },
    check: () => checkRecord(ports, { scope: 'whole', from: 0 }, { notes: [], key: null }),
    /** Runs statements as the owner, with every guard lifted. */
    async tamper(...statements: readonly string[]) {
      await owner.sql.begin(async (sql) => {
        for (const table of [
          'audit_events',
          'record_leaves',
          'record_nodes',
          'record_checkpoints',
          'record_texts',
        ])
          await sql.unsafe(`alter table ${table} disable trigger all`)
        for (const statement of statements) await sql.unsafe(statement)
        for (const table of [
          'audit_events',
          'record_leaves',
          'record_nodes',
          'record_checkpoints',
          'record_texts',
        ])
          await sql.unsafe(`alter table ${table} enable trigger all`)
      })
    },
  }
}
export type RecordWorld = Awaited<ReturnType<typeof openRecordWorld>>

export function newSigner(): RecordSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    key: async (name) => verifierKey(name, publicKey),
    sign: async (text) => sign(null, Buffer.from(text), privateKey),
  }
}

export function newMemory(): CheckpointMemory {
  let note: string | null = null
  return {
    last: async () => note,
    remember: async (next) => {
      note = next
    },
  }
}
