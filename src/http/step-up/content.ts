import { formatDuration } from '../../domain/duration.ts'
import type { Ports } from '../../domain/ports.ts'
import { stepUpRules } from '../../usecases/_shared/proofs.ts'
import type { AddedPasskey } from '../../usecases/step-up/add-passkey.ts'
import type { StepUpPage } from '../../usecases/step-up/open-page.ts'
import type { Proven } from '../../usecases/step-up/prove.ts'
import {
  alternativeText,
  type Told,
  tellClosed,
  tellOutcome,
  tellRefusal,
} from '../../usecases/step-up/words.ts'

type ContentPorts = Pick<Ports, 'catalog' | 'clock'>

/** What the page shows: `Page` or `Told` of its script. */
export function pageContent(
  ports: ContentPorts,
  page: StepUpPage | Extract<Proven, { kind: 'closed' }>,
): object {
  if (page.kind === 'closed') return { ...tellClosed(page) }
  const { terms, who, assertion, registration, offersSignIn } = page
  const needsCode = registration !== null && assertion === null
  return {
    title: terms.title,
    who: `You are ${who.displayName} (${who.userId}) in Slack.`,
    lines: terms.lines,
    text: needTextOf(ports, page),
    more: registration ? addText(needsCode) : `You cannot prove it? ${alternativeText(page, page.intent)}`,
    ...{ assertion, registration, offersSignIn, needsCode },
  }
}

function needTextOf(
  ports: ContentPorts,
  { registration, assertion, offersSignIn, countsFrom }: StepUpPage,
): string {
  if (registration) return ''
  if (assertion || offersSignIn) return 'Read it, and confirm only what you meant to do.'
  if (!countsFrom) return 'You have no passkey. Add one on the Home tab of Daypass in Slack.'
  const seconds = (countsFrom.getTime() - ports.clock.now().getTime()) / 1000
  return `Your passkey is too new: it counts for this in ${formatDuration(Math.max(1, seconds))}. Until then it proves nothing here.`
}

function addText(needsCode: boolean): string {
  return needsCode
    ? 'A first passkey needs more than your Slack account: a one-time code, or the company’s sign-in where it is offered.'
    : 'You confirm it with a passkey that you have, and then add the new one.'
}

export function provenContent(
  { catalog }: ContentPorts,
  proven: Proven,
): { told: Told; content: Told & { secret?: string } } {
  if (proven.kind === 'closed') return same(tellClosed(proven))
  if (proven.kind === 'refused') return same(tellRefusal(proven.why, stepUpRules(catalog)))
  const { outcome } = proven
  const told = tellOutcome(outcome)
  return outcome.kind === 'issue_code' ? { told, content: { ...told, secret: outcome.code } } : same(told)
}

export function addedContent(ports: ContentPorts, added: AddedPasskey): { told: Told; content: object } {
  switch (added.kind) {
    case 'added': {
      const seconds = (added.countsFrom.getTime() - ports.clock.now().getTime()) / 1000
      const critical = seconds > 0 ? ` For critical access it counts in ${formatDuration(seconds)}.` : ''
      return same({
        isDone: true,
        title: 'Added',
        text: `The passkey “${added.name}” is yours now.${critical} You and security are told of it.`,
      })
    }
    case 'invalid': {
      const told = { isDone: false, title: 'Not done', text: added.message }
      return { told, content: { ...told, field: added.field } }
    }
    default:
      return provenContent(ports, added)
  }
}

function same(told: Told) {
  return { told, content: told }
}
