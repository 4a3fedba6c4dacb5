import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import { passkeyGrounds } from '../../domain/passkey.ts'
import { policyActions } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { SecurityNotice } from '../../domain/security-notice.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

/** The shapes of `PasskeyNotice`. */
export const passkeyNotices = [
  z.object({
    kind: z.literal('passkey_added'),
    userId: z.string(),
    name: z.string(),
    ground: z.enum(passkeyGrounds),
  }),
  z.object({ kind: z.literal('passkey_removed'), userId: z.string(), name: z.string() }),
  z.object({
    kind: z.literal('passkey_code_issued'),
    userId: z.string(),
    byUserId: z.string().nullable(),
  }),
] as const

const version = z.object({ catalog: z.string(), policies: z.string() })
const notice: z.ZodType<SecurityNotice> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('rules_refused'),
    running: version,
    refused: version,
    problems: z.array(z.string()),
    problemCount: z.number(),
  }),
  z.object({
    kind: z.literal('policies_not_evaluated'),
    action: z.enum(policyActions),
    resourceId: z.string().nullable(),
    entitlementId: z.string().nullable(),
    errors: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('access_drifted'),
    resourceId: z.string(),
    found: z.enum(['unaccounted', 'missing']),
    outcome: z.enum(['announced', 'to_be_removed', 'removed', 'restored', 'not_restored', 'ended']),
    detail: z.string(),
    reference: z.string().nullable(),
  }),
  ...passkeyNotices,
  z.object({
    kind: z.literal('sign_in_not_linked'),
    userId: z.string(),
    subject: z.string(),
    issuer: z.string(),
  }),
  z.object({
    kind: z.literal('record_faulty'),
    faults: z.array(z.object({ position: z.number().nullable(), what: z.string() })),
    faultCount: z.number(),
    foundAt: z.string(),
  }),
  z.object({ kind: z.literal('record_checkpoint'), note: z.string() }),
  z.object({
    kind: z.literal('stream'),
    stream: z.string(),
    state: z.enum(['failing', 'recovered']),
    problem: z.string().nullable(),
    since: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('erasure_asked'),
    erasureId: z.string(),
    askedBy: z.string(),
    about: z.string(),
  }),
  z.object({ kind: z.literal('rule_failed'), rule: z.string(), error: z.string() }),
  z.object({
    kind: z.literal('report_not_made'),
    schedule: z.string(),
    report: z.string(),
    because: z.string(),
  }),
  z.object({
    kind: z.literal('sponsor_left'),
    sponsorUserId: z.string(),
    contractorUserIds: z.array(z.string()),
    contractorCount: z.number(),
  }),
])
const data = z.object({ at: z.iso.datetime(), notice })
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_security: z.infer<typeof data>
  }
}

/** Tells the security channel. False if this or another process told the same on this day (UTC). */
export async function tellSecurityOnce(
  tx: Pick<Transaction, 'interactions' | 'outbox'>,
  what: string,
  at: Date,
  notice: SecurityNotice,
): Promise<boolean> {
  const day = at.toISOString().slice(0, 10)
  if (!(await tx.interactions.claim(`told security on ${day}: ${what}`, at))) return false
  await tx.outbox.add({ kind: 'tell_security', at: at.toISOString(), notice }, at)
  return true
}

/** Repeated while Slack refuses it, for a day. */
async function tellSecurity(
  { messenger, catalog, clock }: Pick<Ports, 'messenger' | 'catalog' | 'clock'>,
  { at, notice }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  if (new Date(at) < subDays(clock.now(), 1)) return done('too old to be told')
  await messenger.tellSecurity(notice, catalog.security.channel)
  return done('told')
}

export const tellSecurityEffect = defineEffect({
  kind: 'tell_security',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellSecurity),
})
