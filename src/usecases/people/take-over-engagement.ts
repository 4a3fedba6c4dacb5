import { type AccountKey, freshAtClick } from '../_shared/person.ts'
import type { ManagePorts } from './_engagements/ask-manager.ts'
import { handOverEngagement, type ManageAnswer } from './manage-engagement.ts'

/** The person who acts becomes the sponsor of this contractor, whose sponsor has left. Throws `DirectoryUnavailable`. */
export async function takeOverEngagement(
  ports: ManagePorts,
  { by, userId }: { by: AccountKey; userId: string },
): Promise<ManageAnswer> {
  const account = await ports.directory.account(userId, freshAtClick)
  const [person] = account ? await ports.store.people.of([account]) : []
  const engagementId = person?.engagement?.id
  if (!engagementId) {
    const message = 'This person has no open engagement. Add one instead.'
    return { kind: 'invalid', problems: [{ field: 'person', message }] }
  }
  const answer = await handOverEngagement(ports, { by, engagementId, sponsorUserId: by.userId })
  if (answer.kind !== 'invalid') return answer
  return { kind: 'invalid', problems: answer.problems.map(({ message }) => ({ field: 'person', message })) }
}
