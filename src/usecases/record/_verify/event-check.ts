import type { LeafEvent } from '../../../domain/record/leaf.ts'

/** Looks at one event after the other: the sentence that says what is wrong, or null. */
export type EventCheck = (event: LeafEvent) => string | null
