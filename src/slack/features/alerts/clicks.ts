import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { AlertView } from '../../../domain/noticing/alert.ts'
import { mayRevoke } from '../../../usecases/grants/revoke-now.ts'
import {
  acknowledgeAlert,
  type MayAnswerAlert,
  mayAnswerAlert,
} from '../../../usecases/noticing/answer-alert.ts'
import {
  outdatedButton,
  overSentence,
  refusedSentence,
  unavailableSentence,
  unknownRequest,
} from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeForm } from '../revoke/revoke.ts'
import { fineForm, muteSecondsIn } from './form.ts'
import { muteInput } from './ids.ts'

/** It is fine… opens a form, for people who may answer this alert. */
export function fineAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const alertId = parseRequestId(click.value)
    if (!alertId) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await mayAnswerAlert(ports, { by: click.by, alertId })
    if (answer.kind === 'may') {
      await opener.open(click.triggerId, fineForm(answer.view), reply)
      return
    }
    return reply.ephemeral(textMessage(notAnswerable(answer)))
  }
}

/** The submitted form. */
export function fineFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const alertId = parseRequestId(view.privateMetadata)
    if (!alertId) return reply.show(noticeView('Alert', outdatedButton))
    const muteSeconds = muteSecondsIn(view.inputs.get(muteInput)?.value ?? null)
    const answer = await acknowledged(ports, { by, alertId, reason: typedReason(view), muteSeconds })
    switch (answer.kind) {
      case 'unavailable':
        return reply.show(noticeView('Not recorded', `⚠️ ${answer.sentence}`))
      case 'acknowledged':
        return reply.close()
      case 'invalid':
        return showReasonErrors(reply, view, answer.problems)
      case 'answered':
      case 'refused':
      case 'unknown':
        return reply.show(noticeView('Not recorded', notAnswerable(answer)))
    }
  }
}

async function acknowledged(...[ports, order]: Parameters<typeof acknowledgeAlert>) {
  try {
    return await acknowledgeAlert(ports, order)
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error
    return { kind: 'unavailable' as const, sentence: unavailableSentence(error) }
  }
}

/** Revoke now… opens the form of every early revocation. Policy decides there, and the alert follows the grant. */
export function revokeFromAlertAction({
  ports,
  opener,
}: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const alertId = parseRequestId(click.value)
    const [view] = alertId ? await ports.store.noticing.alertsIn(alertId) : []
    const requestId = view?.alert.requestId
    if (!requestId) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await mayRevoke(ports, { by: click.by, requestId })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, revokeForm(answer.history), reply)
        return
      case 'over':
        return reply.ephemeral(textMessage(overSentence(answer.history)))
      case 'refused':
        return reply.ephemeral(textMessage(refusedSentence(answer.policy)))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}

function notAnswerable(
  answer: Exclude<MayAnswerAlert, { kind: 'may' }> | { kind: 'answered'; view: AlertView },
) {
  switch (answer.kind) {
    case 'answered': {
      const given = answer.view.alert.answer
      return given
        ? `${mention(given.by.userId)} has answered this, ${moment(given.at)}.`
        : 'Somebody has answered this before.'
    }
    case 'refused':
      return answer.because === 'own'
        ? '⛔ This alert is about you, so somebody else has to answer it.'
        : '⛔ Only security leads and the owners of the system may answer this.'
    case 'unknown':
      return outdatedButton
  }
}
