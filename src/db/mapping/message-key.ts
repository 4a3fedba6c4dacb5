import { type MessageKey, messagePurposes } from '../../domain/message.ts'
import type { SubjectKind } from '../../domain/subject.ts'
import { ImpossibleRow } from './impossible-row.ts'

interface KeyColumns {
  readonly subjectKind: SubjectKind
  readonly subjectId: string
  readonly purpose: string
  readonly variant: number
}

export function keyColumns({ subject, purpose, variant }: MessageKey) {
  return { subjectKind: subject.kind, subjectId: subject.id, purpose, variant }
}

export function toMessageKey({ subjectKind, subjectId, purpose, variant }: KeyColumns): MessageKey {
  // The table has no check of purposes, so that a new purpose needs no migration.
  const known = messagePurposes.find((name) => name === purpose)
  if (!known)
    throw new ImpossibleRow('slack_messages', `${subjectKind}/${subjectId}`, `purpose is "${purpose}"`)
  return { subject: { kind: subjectKind, id: subjectId }, purpose: known, variant }
}
