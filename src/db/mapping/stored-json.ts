import { z } from 'zod'
import type { ExactAction } from '../../domain/action.ts'
import { type ApprovalPlan, ownersPlan } from '../../domain/approval-plan.ts'
import type { Json } from '../../domain/audit-event.ts'
import { risks } from '../../domain/catalog.ts'
import { type Evidence, type Facts, proofs } from '../../domain/connector.ts'
import { contentFromJson, type EntitlementContent } from '../../domain/entitlement-content.ts'
import { type PolicyResult, policyActions, policyEffects, policyOutcomes } from '../../domain/policy.ts'
import { type Terms, verdicts } from '../../domain/request.ts'
import { type Intent, stepUpMoments } from '../../domain/step-up.ts'
import type { TicketCheck } from '../../domain/tracker.ts'
import { ImpossibleRow } from './impossible-row.ts'

/** Reads a `jsonb` column. Throws `ImpossibleRow` when the value has another shape than Daypass writes. */
export function readJson<T>(
  schema: z.ZodType<T>,
  value: unknown,
  table: string,
  id: string,
  column: string,
): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => `${[column, ...issue.path].join('.')}: ${issue.message}`)
  throw new ImpossibleRow(table, id, problems.join('; '))
}

/** Whatever Postgres gives back for `jsonb` is JSON, so it is not looked through: that took a third of the time of `toRequest`. */
const json = z.custom<Json>((value) => value !== undefined)

export const policyResult: z.ZodType<PolicyResult> = z.object({
  action: z.enum(policyActions),
  allowed: z.boolean(),
  outcome: z.enum(policyOutcomes),
  decidedBy: z.array(z.object({ id: z.string(), effect: z.enum(policyEffects), reason: z.string() })),
  errors: z.array(z.string()),
  sentence: z.string(),
  basis: z
    .object({
      catalog: z.string(),
      policies: z.string(),
      facts: json.exactOptional(),
      userGroups: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
})

export const content: z.ZodType<EntitlementContent> = z.record(z.string(), json).transform(contentFromJson)

const rung = z.object({ afterSeconds: z.number(), approvers: z.array(z.string()) })

/** Requests of earlier versions have the number of approvals instead of a plan. */
const approvals: z.ZodType<ApprovalPlan> = z.union([
  z.number().transform(ownersPlan),
  z.object({
    stages: z.array(
      z.object({
        name: z.string(),
        needs: z.array(z.object({ count: z.number(), from: z.array(z.string()) })),
      }),
    ),
    samePersonInTwoStages: z.boolean(),
    substitutes: rung.extend({ lastResort: rung.optional() }).nullable(),
  }),
])

export const terms: z.ZodType<Terms> = z.object({
  resourceName: z.string(),
  environment: z.string().nullable(),
  entitlementName: z.string(),
  risk: z.enum(risks),
  approvals,
  tell: z.array(z.string()).default([]),
  // Requests of earlier versions have neither.
  selfServePerPersonAndDay: z.number().default(0),
  breakGlassSeconds: z.number().nullable().default(null),
  stepUp: z.array(z.enum(stepUpMoments)).exactOptional(),
  content,
})

export const exactAction: z.ZodType<ExactAction> = z.object({
  values: z.record(z.string(), z.string()),
  text: z.string(),
  textHash: z.string(),
})

export const ticketCheck: z.ZodType<TicketCheck> = z.object({
  trackerId: z.string(),
  trackerName: z.string(),
  key: z.string(),
  outcome: z.enum(['checked', 'unavailable', 'not_asked']),
  found: z
    .object({
      status: z.string(),
      isOpen: z.boolean(),
      assignees: z.array(z.object({ login: z.string(), displayName: z.string() })),
    })
    .nullable(),
})

const storedInstant = z.iso.datetime().transform((text) => new Date(text))

export const facts: z.ZodType<Facts> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
)

export const evidence: z.ZodType<Evidence> = z.object({
  readAt: storedInstant,
  summary: z.string(),
  facts,
  proof: z.enum(proofs).exactOptional(),
  residualUntil: z.object({ at: storedInstant.nullable(), what: z.string() }).exactOptional(),
  remains: z.string().exactOptional(),
})

export const details: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), json)

const text = z.string()
const intendedTerms = {
  duration: text.nullable(),
  justification: text,
  ticket: text.nullable(),
  submissionKey: text,
}
const intendedAsk = { ...intendedTerms, resourceId: text, entitlementId: text }
const parameters = z.record(text, text)

export const intent: z.ZodType<Intent> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('decide'),
    requestId: text,
    verdict: z.enum(verdicts),
    reason: text.nullable(),
    stage: z.number().nullable(),
    duration: text.nullable(),
  }),
  z.object({
    kind: z.literal('pre_approve'),
    requestId: text,
    lastDay: text,
    duration: text,
    reason: text,
  }),
  z.object({
    kind: z.literal('request'),
    startsAt: text.nullable(),
    parameters: parameters.default({}),
    ...intendedAsk,
  }),
  z.object({ kind: z.literal('break_glass'), confirmed: z.boolean(), ...intendedAsk }),
  z.object({ kind: z.literal('extend'), requestId: text, ...intendedTerms }),
  z.object({
    kind: z.literal('credentials'),
    requestId: text,
    interactionKey: text,
    publicKey: text.nullable(),
  }),
  z.object({
    kind: z.literal('panic'),
    named: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('person'), userId: text }),
      z.object({ kind: z.literal('resource'), resourceId: text }),
      z.object({ kind: z.literal('all') }),
    ]),
    reason: text,
    freezeUntil: text.nullable(),
    submissionKey: text,
  }),
  z.object({ kind: z.literal('lift_freeze'), freezeId: text }),
  z.object({ kind: z.literal('add_passkey') }),
  z.object({ kind: z.literal('remove_passkey'), passkeyId: text }),
  z.object({ kind: z.literal('issue_code'), userId: text }),
  z.object({ kind: z.literal('link_sign_in'), userId: text, subject: text }),
])
