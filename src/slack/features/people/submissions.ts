import { addContractor } from '../../../usecases/people/add-contractor.ts'
import { confirmIdentity } from '../../../usecases/people/confirm-identity.ts'
import { linkAccounts } from '../../../usecases/people/link-accounts.ts'
import {
  endEngagementNow,
  handOverEngagement,
  moveEngagementEnd,
} from '../../../usecases/people/manage-engagement.ts'
import { takeOverEngagement } from '../../../usecases/people/take-over-engagement.ts'
import type { FormListener } from '../../kit/listener.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { answerForm } from './answers.ts'
import { fieldOf } from './inputs.ts'

type Parts = Pick<FeatureParts, 'ports'>

export function addFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const answer = await addContractor(ports, {
      by,
      userId: fieldOf(view, 'person'),
      company: fieldOf(view, 'company'),
      sponsorUserId: fieldOf(view, 'sponsor') || null,
      ends: fieldOf(view, 'ends'),
      tags: fieldOf(view, 'tags'),
    })
    const done =
      answer.kind === 'added'
        ? `${mention(answer.view.contractor.userId)} works here for *${inline(answer.view.engagement.company, 80)}* until ${moment(answer.view.engagement.endsAt)}. The sponsor is ${mention(answer.view.engagement.sponsor.userId)}. They can now ask for access.`
        : ''
    await answerForm(reply, answer, 'Added', done)
  }
}

export function extendFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const engagementId = view.privateMetadata
    const answer = await moveEngagementEnd(ports, { by, engagementId, ends: fieldOf(view, 'ends') })
    const done =
      answer.kind === 'done'
        ? `The engagement of ${mention(answer.view.contractor.userId)} ends on ${moment(answer.view.engagement.endsAt)}.`
        : ''
    await answerForm(reply, answer, 'Saved', done)
  }
}

export function endFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const answer = await endEngagementNow(ports, { by, engagementId: view.privateMetadata })
    const done = 'The engagement has ended. Pending requests are cancelled, and access is being taken back.'
    await answerForm(reply, answer, 'Ended', done)
  }
}

export function handOverFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const sponsorUserId = fieldOf(view, 'sponsor')
    const answer = await handOverEngagement(ports, { by, engagementId: view.privateMetadata, sponsorUserId })
    await answerForm(reply, answer, 'Handed over', `${mention(sponsorUserId)} is the sponsor now.`)
  }
}

export function takeOverFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const userId = fieldOf(view, 'person')
    const answer = await takeOverEngagement(ports, { by, userId })
    await answerForm(reply, answer, 'Taken over', `You are the sponsor of ${mention(userId)} now.`)
  }
}

export function loginFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const userId = view.privateMetadata
    const [system, login] = [fieldOf(view, 'system').trim(), fieldOf(view, 'login')]
    const answer = await confirmIdentity(ports, {
      by,
      userId,
      system,
      login: login.trim() === '' ? null : login,
    })
    const what = login.trim() === '' ? 'withdrew' : 'confirmed'
    await answerForm(
      reply,
      answer,
      'Saved',
      `You ${what} the login of ${mention(userId)} at ${inline(system, 63)}.`,
    )
  }
}

export function linkFormListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const [userId, otherUserId] = [fieldOf(view, 'person'), fieldOf(view, 'other')]
    const answer = await linkAccounts(ports, { by, userId, otherUserId })
    await answerForm(
      reply,
      answer,
      'Linked',
      `${mention(userId)} and ${mention(otherUserId)} are one person now.`,
    )
  }
}
