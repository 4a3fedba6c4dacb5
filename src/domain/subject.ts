/** The kinds of subjects of messages and audit events. */
export const subjectKinds = [
  'request',
  'grant',
  'account',
  'person',
  'engagement',
  'resource',
  'freeze',
  'panic',
  'campaign',
  'hold',
] as const
export type SubjectKind = (typeof subjectKinds)[number]

/** The subject of a message or an audit event. The id is that of its kind: of a resource it is the catalog's. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
}
