import type { Button, KnownBlock } from '@slack/types'
import type { Catalog } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { type Favourite, isSameFavourite, mostFavourites } from '../../../domain/favourite.ts'
import type { HomeFavourite, HomeTask } from '../../../domain/home.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { approvalsOf, progressText } from '../../kit/approvals.ts'
import { actions, button, quoted, section } from '../../kit/blocks.ts'
import { historyLine } from '../../kit/history-line.ts'
import { labelOf, phaseOf } from '../../kit/phase.ts'
import { stageValue } from '../../kit/request-id.ts'
import { leaseText, plannedText, whatIsAsked } from '../../kit/terms.ts'
import { clip, code, inline, mention, moment } from '../../kit/text.ts'
import { cancelRunButton, showOutputButton, stopRunButton } from '../actions/messages.ts'
import { breakGlassActionIds } from '../break-glass/ids.ts'
import { decideActionIds } from '../decide/ids.ts'
import { extendButtons } from '../extend/messages.ts'
import { addFavouriteButton, removeFavouriteButton } from '../favourites/buttons.ts'
import { linkActionId } from '../link/ids.ts'
import { linkValue } from '../link/value.ts'
import { myAccessActionIds } from '../my-access/ids.ts'
import {
  askedText,
  cancelStartButton,
  nudgeButtons,
  releaseConfirm,
} from '../my-access/requester-messages.ts'
import { againValue } from '../request/again-value.ts'
import { requestActionIds } from '../request/ids.ts'
import { revokeActionId } from '../revoke/ids.ts'
import { taskButtons, taskOf, workSentence } from '../tasks/messages.ts'

/** A request that waits for the reader: the facts in short, and the buttons of the card. */
export function waitingRow(history: RequestHistory, catalog: Catalog): KnownBlock[] {
  const { request, requester, engagement } = history
  const company = engagement ? ` (${inline(engagement.company, 60)})` : ''
  const value = stageValue(request.id, approvalsOf(history, catalog).open?.index ?? 0)
  return [
    section(
      `*${request.reference}* · ${mention(requester.userId)}${company} asks for ${whatIsAsked(request)}, ${leaseText(history)}.\n` +
        `${progressText(history, catalog)} · expires ${moment(request.expiresAt)}`,
    ),
    quoted(clip(request.justification, 300)),
    actions(
      button('Approve', decideActionIds.approve, value, { style: 'primary' }),
      button('Deny…', decideActionIds.deny, value, { style: 'danger' }),
    ),
  ]
}

/** A favourite of the reader: the button opens the form filled in. */
export function favouriteRow({ resourceId, entitlementId, offered }: HomeFavourite): KnownBlock[] {
  const favourite = { resourceId, entitlementId }
  const ids = code(`${resourceId} ${entitlementId}`)
  if (!offered)
    return [section(`${ids} is not offered to you now.`), actions(removeFavouriteButton(favourite))]
  const { entitlementName, resourceName, environment } = offered
  const where = environment === null ? '' : ` (${inline(environment, 32)})`
  return [
    section(`*${inline(entitlementName, 64)}* on *${inline(resourceName, 64)}*${where}`),
    actions(
      button('Request…', linkActionId, linkValue({ ...favourite, duration: '' })),
      removeFavouriteButton(favourite),
    ),
  ]
}

/** A live grant of the reader, or a run that is not over. `favourites`: of the reader. */
export function holdingRow(history: RequestHistory, favourites: readonly Favourite[]): KnownBlock[] {
  const { request, grant, run } = history
  if (run)
    return [
      {
        ...section(`*${request.reference}* · ${whatIsAsked(request)}\n${labelOf(phaseOf(history))}`),
        accessory: cancelRunButton(request.id),
      },
    ]
  if (grant?.status !== 'active')
    return [section(`*${request.reference}* · ${whatIsAsked(request)}\n${labelOf(phaseOf(history))}`)]
  return [
    section(`*${request.reference}* · ${whatIsAsked(request)}\n🟢 until ${moment(grant.lease.endsAt)}`),
    actions(
      button('Show credentials', myAccessActionIds.credentials, request.id),
      ...extendButtons(request),
      button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
      ...addFavouriteButtons(request.asksFor, favourites),
    ),
  ]
}

/** None when it is a favourite, or when there are as many as there may be. */
function addFavouriteButtons(favourite: Favourite, favourites: readonly Favourite[]): Button[] {
  if (favourites.length >= mostFavourites || favourites.some((one) => isSameFavourite(one, favourite)))
    return []
  return [addFavouriteButton(favourite)]
}

/** A grant of the reader that starts later. */
export function upcomingRow(history: RequestHistory): KnownBlock[] {
  const { request } = history
  return [
    {
      ...section(`*${request.reference}* · ${whatIsAsked(request)}\n🗓️ ${plannedText(history)}`),
      accessory: cancelStartButton(request.id),
    },
  ]
}

/** A pending request of the reader. */
export function pendingRow(history: RequestHistory, catalog: Catalog): KnownBlock[] {
  const { request } = history
  return [
    section(
      `*${request.reference}* · ${history.extends ? `more time for ${history.extends.request.reference}: ` : ''}${whatIsAsked(request)}\n🟡 ${progressText(history, catalog)} · expires ${moment(request.expiresAt)}\n${askedText(history)}`,
    ),
    actions(...nudgeButtons(history), button('Cancel request', myAccessActionIds.cancel, request.id)),
  ]
}

/** A request of the reader that is over. `hasOutput`: the reader can see what its run gave back. */
export function pastRow(history: RequestHistory, hasOutput: boolean): KnownBlock[] {
  const { request, run } = history
  const when = run && 'endedAt' in run ? moment(run.endedAt) : `asked ${moment(request.submittedAt)}`
  return [
    {
      ...section(`*${request.reference}* · ${whatIsAsked(request)}\n${labelOf(phaseOf(history))} · ${when}`),
      accessory: hasOutput
        ? showOutputButton(request.id)
        : button('Request again', requestActionIds.again, againValue(request)),
    },
  ]
}

/** A pre-approval of the reader. */
export function preApprovedRow({ request, madePreApproval }: RequestHistory): KnownBlock[] {
  if (!madePreApproval) return []
  const { goodThrough, maxDurationSeconds } = madePreApproval
  return [
    {
      ...section(
        `${whatIsAsked(request)}\nUp to ${formatDuration(maxDurationSeconds)} each time, until ${moment(goodThrough)}. Nobody is asked again.`,
      ),
      accessory: button('Request', requestActionIds.again, againValue(request)),
    },
  ]
}

/** Somebody broke glass on a system that the reader answers for. */
export function reviewRow(history: RequestHistory): KnownBlock[] {
  const { request, review } = history
  const due = review ? `\nReview due ${moment(review.dueAt)}` : ''
  return [
    {
      ...section(`${historyLine(history)}${due}`),
      accessory: button('Review…', breakGlassActionIds.review, request.id, { style: 'primary' }),
    },
  ]
}

/** Somebody must be given an access by hand, or it must be taken away. */
export function taskRow({ history, direction }: HomeTask): KnownBlock[] {
  const task = taskOf(history, direction)
  if (!task) return []
  return [
    section(
      `*${history.request.reference}* · please ${workSentence(history, task)}\nAsked ${moment(task.openedAt)}`,
    ),
    taskButtons(history, task),
  ]
}

/** A request on a system that the reader answers for. */
export function auditedRow(history: RequestHistory): KnownBlock[] {
  const line = section(historyLine(history))
  if (phaseOf(history) === 'running') return [{ ...line, accessory: stopRunButton(history.request.id) }]
  if (phaseOf(history) !== 'active' && phaseOf(history) !== 'activating') return [line]
  return [
    { ...line, accessory: button('Revoke now…', revokeActionId, history.request.id, { style: 'danger' }) },
  ]
}
