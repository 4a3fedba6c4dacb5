import type { ModalView } from '@slack/types'
import type { Identity } from '../../../domain/engagement.ts'
import type { EngagementView } from '../../../domain/engagement-message.ts'
import { section } from '../../kit/blocks.ts'
import { clockTime, code, inline, mention, moment } from '../../kit/text.ts'
import { peopleViewIds } from './ids.ts'
import { dayInput, peopleForm, personInput, textInput } from './inputs.ts'

const lastDay = {
  label: 'Last day',
  hint: 'The engagement ends in the last minute of this day, in your time zone.',
}

/** `sponsors`: whether the person may name another sponsor. */
export function addForm({ self, sponsors }: { self: string; sponsors: boolean }): ModalView {
  return peopleForm(peopleViewIds.add, { title: 'Add a contractor', submit: 'Add' }, [
    personInput('person', {
      label: 'Who?',
      hint: 'Invite the person to Slack first if the name is not there.',
    }),
    textInput('company', { label: 'Company' }, 120),
    dayInput('ends', lastDay),
    ...(sponsors
      ? [personInput('sponsor', { label: 'Sponsor', hint: 'The employee who is answerable for them.' }, self)]
      : []),
    textInput(
      'tags',
      { label: 'Tags', hint: 'Words that policies may use, such as databases audit.', optional: true },
      200,
    ),
    ...(sponsors ? [] : [section('You will be the sponsor: you are answerable for this person.')]),
  ])
}

/** `timeZone`: of the reader, because the day is read in it again. */
export function extendForm({ engagement, contractor }: EngagementView, timeZone: string): ModalView {
  const day = clockTime(engagement.endsAt, timeZone).slice(0, 10)
  return peopleForm(
    peopleViewIds.extend,
    { title: 'Change the end', submit: 'Save', metadata: engagement.id },
    [
      section(
        `The engagement of ${mention(contractor.userId)} with *${inline(engagement.company, 80)}* ends on ${moment(engagement.endsAt)}.`,
      ),
      dayInput('ends', { ...lastDay, hint: `${lastDay.hint} An earlier day shortens their access.` }, day),
    ],
  )
}

export function endForm({ engagement, contractor }: EngagementView): ModalView {
  return peopleForm(
    peopleViewIds.end,
    { title: 'End an engagement', submit: 'End now', metadata: engagement.id },
    [
      section(
        `End the engagement of ${mention(contractor.userId)} with *${inline(engagement.company, 80)}* now? Their pending requests are cancelled, all their access is taken back at once, and they can ask for nothing more.`,
      ),
    ],
  )
}

export function handOverForm({ engagement, contractor }: EngagementView): ModalView {
  return peopleForm(
    peopleViewIds.handOver,
    { title: 'Hand over', submit: 'Hand over', metadata: engagement.id },
    [
      section(`${mention(engagement.sponsor.userId)} is the sponsor of ${mention(contractor.userId)}.`),
      personInput('sponsor', {
        label: 'New sponsor',
        hint: 'An employee, who is then answerable for this person.',
      }),
    ],
  )
}

export function takeOverForm(): ModalView {
  return peopleForm(peopleViewIds.takeOver, { title: 'Take over', submit: 'Take over' }, [
    section(
      'When the sponsor of a contractor has left, you can become the sponsor: you are then answerable for this person.',
    ),
    personInput('person', { label: 'Contractor' }),
  ])
}

export function loginForm(userId: string, identities: readonly Identity[]): ModalView {
  const known = identities.map(({ system, login }) => `• ${code(system)}: ${code(login)}`)
  return peopleForm(peopleViewIds.login, { title: 'Logins', submit: 'Save', metadata: userId }, [
    section(
      `Logins of ${mention(userId)} in other systems:\n${known.length > 0 ? known.join('\n') : 'None is confirmed.'}`,
    ),
    textInput(
      'system',
      { label: 'System', hint: 'A kind of connector such as github, or the id of a resource.' },
      63,
    ),
    textInput(
      'login',
      {
        label: 'Login',
        hint: 'You confirm that this login is theirs. Leave it empty to withdraw it.',
        optional: true,
      },
      256,
    ),
  ])
}

export function linkForm(): ModalView {
  return peopleForm(peopleViewIds.link, { title: 'Link two accounts', submit: 'They are one person' }, [
    section(
      'Say that two accounts belong to one person. They then count once wherever people must be different. This cannot be undone here.',
    ),
    personInput('person', { label: 'Account' }),
    personInput('other', { label: 'Other account of the same person' }),
  ])
}
