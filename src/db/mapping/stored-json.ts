import { z } from 'zod'
import { type ApprovalPlan, ownersPlan } from '../../domain/approval-plan.ts'
import type { Json } from '../../domain/audit-event.ts'
import { risks } from '../../domain/catalog.ts'
import { type Evidence, proofs } from '../../domain/connector.ts'
import { contentFromJson, type EntitlementContent } from '../../domain/entitlement-content.ts'
import { type PolicyResult, policyActions, policyEffects, policyOutcomes } from '../../domain/policy.ts'
import type { Terms } from '../../domain/request.ts'
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
      facts: z.json().exactOptional(),
      userGroups: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
})

export const content: z.ZodType<EntitlementContent> = z
  .record(z.string(), z.json())
  .transform(contentFromJson)

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
    substitutes: z.object({ afterSeconds: z.number(), approvers: z.array(z.string()) }).nullable(),
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
  content,
})

const storedInstant = z.iso.datetime().transform((text) => new Date(text))

export const evidence: z.ZodType<Evidence> = z.object({
  readAt: storedInstant,
  summary: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  proof: z.enum(proofs).exactOptional(),
  residualUntil: z.object({ at: storedInstant, what: z.string() }).exactOptional(),
})

export const details: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), z.json())
