import { z } from 'zod'
import { cleanFreeText } from '../../domain/free-text.ts'

/** Text of the receiver, in one line, that people are to read. */
const text = z.string().max(2_000).transform(cleanInOneLine)

const facts = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/),
    z.union([text, z.number(), z.boolean(), z.null()]),
  )
  .refine((all) => Object.keys(all).length <= 20)

const evidence = z.strictObject({ summary: text.optional(), facts: facts.default({}) }).default({ facts: {} })
export type ReceiverEvidence = z.output<typeof evidence>

const reason = text.optional()

/** Access that goes on after the end: "Sessions of the CRM opened before" may last until then. */
const residualUntil = z.strictObject({
  at: z.iso.datetime({ offset: true }),
  what: text.pipe(z.string().min(1).max(100)),
})

/**
 * What a receiver may answer with the status 200, by operation. An explicit word is required, and nothing else is permitted, so
 * that a page of a proxy or the answer of another program counts for nothing.
 */
export const answers = {
  grant: z.discriminatedUnion('granted', [
    z.strictObject({ granted: z.literal(true), evidence }),
    z.strictObject({ granted: z.literal(false), reason }),
  ]),
  revoke: z.discriminatedUnion('revoked', [
    z.strictObject({ revoked: z.literal(true), evidence, residualUntil: residualUntil.optional() }),
    z.strictObject({ revoked: z.literal(false), reason }),
  ]),
  read: z.strictObject({ held: z.boolean(), evidence }),
  credentials: z.strictObject({
    credentials: z
      .strictObject({
        fields: z
          .array(
            z.strictObject({ label: text.pipe(z.string().min(1).max(100)), value: z.string().max(2_000) }),
          )
          .max(20)
          .default([]),
        commands: z
          .array(
            z.strictObject({ label: text.pipe(z.string().min(1).max(100)), text: z.string().max(2_000) }),
          )
          .max(10)
          .default([]),
      })
      .nullable(),
  }),
  list: z.strictObject({
    holdings: z.array(z.strictObject({ grant: z.string().min(1).max(200), detail: text.default('') })),
  }),
  check: z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), summary: text.optional() }),
    z.strictObject({
      ok: z.literal(false),
      problems: z
        .array(z.strictObject({ what: text, remedy: text }))
        .min(1)
        .max(20),
    }),
  ]),
} as const
export type Answer<Name extends keyof typeof answers> = z.output<(typeof answers)[Name]>

const done = {
  summary: text.optional(),
  rows: z.int().min(0).optional(),
  /** For the requester alone. */
  output: z.string().max(1_000_000).optional(),
}

/** To `action.run`. */
export const runAnswer = z.discriminatedUnion('done', [
  z.strictObject({ done: z.literal(true), ...done }),
  z.strictObject({ done: z.literal(false), reason }),
])

/** To `action.run` with the status 202: it is under way, and `action.read` says how far. */
export const runTaken = z.strictObject({ running: z.literal(true), progress: text.optional() })

/** To `action.read`. After `undone` the receiver never does it, whatever comes later. */
export const runState = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('done'), ...done }),
  z.strictObject({ state: z.literal('undone'), reason }),
  z.strictObject({ state: z.literal('running'), progress: text.optional() }),
  z.strictObject({ state: z.literal('unknown') }),
])

/** With the status 202: the operation is not done yet. */
export const pendingAnswer = z.strictObject({
  pending: z.literal(true),
  reason,
  /** Where to ask; absent: the same call again. */
  statusUrl: z.url().max(2_000).optional(),
})

/** With a status from 400 on: the reason, where the receiver gives one. */
export const refusal = z.strictObject({ reason: text })

function cleanInOneLine(said: string): string {
  return cleanFreeText(said).replace(/\s+/g, ' ').slice(0, 300)
}
