import type { z } from 'zod'
import type { Entitlement, Risk } from '../domain/catalog.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import type { StepUpMoment } from '../domain/step-up.ts'
import { type Escalation, planOf } from './approvals.ts'
import type { entitlementSchema } from './schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** The moments that need a proof where an offer names none. */
export type MomentsByRisk = { readonly [R in Risk]?: readonly StepUpMoment[] | undefined }

/** The place of an offer in the file, and what it takes over from its resource and the defaults. */
export interface OfferPlace {
  readonly source: YamlSource
  readonly path: Path
  readonly problems: FileProblem[]
  readonly approvers: readonly string[]
  readonly escalation: Escalation
  readonly stepUp: MomentsByRisk
}

/** What entitlements and actions have in common. */
export function offerOf(
  resourceId: string,
  id: string,
  common: Omit<
    z.output<typeof entitlementSchema>,
    'maxDuration' | 'defaultDuration' | 'idleAfter' | 'breakGlass'
  >,
  at: Pick<OfferPlace, 'approvers' | 'escalation' | 'stepUp'>,
): Omit<Entitlement, 'defaultDurationSeconds' | 'maxDurationSeconds' | 'breakGlass' | 'content'> {
  const stepUp = common.stepUp ?? at.stepUp[common.risk] ?? []
  return {
    id,
    resourceId,
    name: common.name,
    description: common.description ?? null,
    risk: common.risk,
    tags: common.tags,
    approvals: planOf(common, at.escalation),
    approvers: common.approvers ?? at.approvers,
    tell: common.tell,
    justification: common.justification,
    ticket: {
      pattern: common.ticket.pattern ?? null,
      example: common.ticket.example ?? null,
      required: common.ticket.required,
    },
    selfServePerPersonAndDay: common.selfServe?.perPersonAndDay ?? null,
    ...(stepUp.length > 0 ? { stepUp } : {}),
  }
}
