import type { AddAnswer } from '../../../usecases/people/add-contractor.ts'
import type { IdentityAnswer } from '../../../usecases/people/confirm-identity.ts'
import type { LinkAnswer } from '../../../usecases/people/link-accounts.ts'
import type { ManageAnswer } from '../../../usecases/people/manage-engagement.ts'
import { refusedSentence } from '../../kit/answers.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FormReply } from '../../kit/reply.ts'
import { mention } from '../../kit/text.ts'

type Answer = AddAnswer | ManageAnswer | IdentityAnswer | LinkAnswer
type NotDone = Exclude<Answer, { kind: 'done' | 'added' }>

/** Says why nothing was changed. */
export function manageSentence(answer: NotDone): string {
  switch (answer.kind) {
    case 'refused':
      return refusedSentence(answer.policy)
    case 'invalid':
      return answer.problems.map(({ message }) => message).join(' ')
    case 'over':
      return `The engagement of ${mention(answer.view.contractor.userId)} has ended. Add a new one with \`/contractors\`.`
    case 'unknown':
      return 'Daypass knows of no such engagement. Open `/contractors` again.'
  }
}

/** Answers a form: problems beside their fields, otherwise one sentence. */
export async function answerForm(
  reply: FormReply,
  answer: Answer,
  title: string,
  done: string,
): Promise<void> {
  if (answer.kind === 'done' || answer.kind === 'added') return reply.show(noticeView(title, done))
  if (answer.kind !== 'invalid') return reply.show(noticeView('Nothing was changed', manageSentence(answer)))
  return reply.errors(Object.fromEntries(answer.problems.map(({ field, message }) => [field, message])))
}
