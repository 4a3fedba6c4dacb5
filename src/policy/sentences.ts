import type { PolicyQuestion } from '../domain/policy.ts'

/** The sentence for a person when no policy applies: the answer is no, and whom to ask. */
export function noRuleSentence(question: PolicyQuestion): string {
  if (question.action === 'manageContractor')
    return 'No policy lets you do this for this contractor. Ask their sponsor or a security lead.'
  const { id, approvers } = question.resource
  switch (question.action) {
    case 'request':
      return `No policy lets you request ${id}/${question.entitlement.id}. Ask the owners of ${id} whether you should be able to.`
    case 'selfServe':
      return `No policy approves this by itself. The approvers of ${id} decide.`
    case 'breakGlass':
      return `No policy lets you break glass on ${id}/${question.entitlement.id}. Ask for it as usual; the approvers of ${id} decide.`
    case 'preApprove':
      return `No policy lets you approve this in advance. Ask one of the approvers of ${id}.`
    case 'review':
      return `No policy lets you review this. Ask an approver of ${id} or a security lead.`
    case 'approve':
      return approvers.length === 0
        ? `No policy lets you decide on this request, and ${id} has no approvers. Ask those who keep the catalog to name some.`
        : `No policy lets you decide on this request. Ask one of the approvers of ${id}.`
    case 'revoke':
      if (id === '*') return 'No policy lets you take back access everywhere. Ask a security lead.'
      if (!('holder' in question))
        return `No policy lets you take back all access to ${id}. Ask an approver of ${id} or a security lead.`
      return `No policy lets you take this access back. Ask an approver of ${id} or a security lead.`
    case 'audit':
      if (id === '*')
        return 'No policy lets you see who had access. Ask an approver of the resource or a security lead.'
      return `No policy lets you see who had access to ${id}. Ask an approver of ${id} or a security lead.`
  }
}
