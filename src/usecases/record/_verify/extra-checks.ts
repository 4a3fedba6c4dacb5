import type { AuditAction } from '../../../domain/audit-event.ts'
import type { LeafEvent } from '../../../domain/record/leaf.ts'

/**
 * What a verification checks in single events, besides their place in the tree: the sentence that says what is wrong, or null. A check
 * needs nothing but the event, so that it works on an export too.
 */
export const extraChecks: Partial<Readonly<Record<AuditAction, (event: LeafEvent) => string | null>>> = {}
