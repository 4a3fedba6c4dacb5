import { randomBytes } from 'node:crypto'
import { sha256 } from './merkle.ts'

/** The free texts of people. Each is on its own row, where it can be erased. */
export const saidFields = [
  'justification',
  'ticket',
  'decision_reason',
  'revocation_reason',
  'pre_approval_reason',
  'review_finding',
  'work_done',
  'work_evidence',
  'how_to_connect',
  'task_refusal',
  'action_text',
  'alert_reason',
] as const
export type SaidField = (typeof saidFields)[number]

/** A free text that an event is about. The event commits to it by a salted hash. */
export interface SaidText {
  readonly field: SaidField
  /** The row that holds it, as the view `said_texts` names it. */
  readonly row: string
  readonly text: string
}

/** A new salt: 32 random bytes, in hex. Without it nobody can find a text by trying. */
export function newSalt(): string {
  return randomBytes(32).toString('hex')
}

/** SHA-256 of the salt's bytes followed by the text in UTF-8, in hex. */
export function commitmentTo(text: string, salt: string): string {
  return sha256(Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)])).toString('hex')
}

/** The texts that are there, of one row. */
export function said(row: string, texts: Partial<Record<SaidField, string | null>>): SaidText[] {
  return Object.entries(texts).flatMap(([field, text]) =>
    text === null || text === '' ? [] : [{ field: field as SaidField, row, text }],
  )
}
