/** What a message or an audit event can be about. */
export const subjectKinds = ['request', 'grant', 'account', 'resource'] as const
export type SubjectKind = (typeof subjectKinds)[number]

/** What a message or an audit event is about. The id is that of its kind: of a resource it is the catalog's. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
}
