import type { AuditAction, Json } from '../../../domain/audit-event.ts'
import type { LeafEvent } from '../../../domain/record/leaf.ts'
import type { IntentKind } from '../../../domain/step-up.ts'

type Fields = { readonly [key: string]: Json }

/** What is compared: the terms that the person confirmed, and the event that says what became of it. */
interface Compared {
  readonly terms: Fields
  readonly event: LeafEvent
  readonly details: Fields
}

interface Click {
  /** The events in which such a proof stands, once in each. */
  readonly events: readonly AuditAction[]
  /** Null: the event is what was confirmed. */
  readonly problem: (compared: Compared) => string | null
}

/** Each kind of click that is proven, and what its event must have in common with the terms. */
const clicks: Readonly<Record<IntentKind, Click>> = {
  decide: {
    events: ['decision.recorded'],
    problem: (it) => otherRequest(it) ?? unless(it.terms.verdict === it.details.verdict, 'the other verdict'),
  },
  pre_approve: {
    // A request that waits is approved as well.
    events: ['decision.recorded', 'pre_approval.made'],
    problem: (it) =>
      otherRequest(it) ??
      unless(
        it.event.action !== 'decision.recorded' || it.details.verdict === 'approve',
        'the other verdict',
      ),
  },
  request: {
    events: ['request.submitted'],
    problem: (it) => otherAccess(it) ?? unless(it.details.extends === undefined, 'another request'),
  },
  break_glass: { events: ['break_glass.taken'], problem: (it) => otherAccess(it) },
  extend: {
    events: ['request.submitted'],
    // The request for more time is another one than that of the lease.
    problem: ({ terms, details }) => unless(terms.request === details.extends, 'another request'),
  },
  credentials: { events: ['grant.credentials_issued'], problem: (it) => otherRequest(it) },
  panic: {
    events: ['panic.begun'],
    problem: ({ terms, event, details }) =>
      unless(
        terms.scope === details.scope &&
          (terms.resource ?? null) === event.resource &&
          (slackOf(terms.person) ?? null) === (event.account?.slack ?? null),
        'another scope',
      ),
  },
  lift_freeze: {
    events: ['freeze.lifted'],
    problem: ({ terms, event }) =>
      unless(terms.freeze !== undefined && terms.freeze === event.subject?.id, 'another freeze'),
  },
  add_passkey: {
    events: ['passkey.added', 'passkey.code_issued'],
    problem: ({ terms, event }) => unless(event.account?.slack === slackOf(terms.account), 'another person'),
  },
  remove_passkey: {
    events: ['passkey.removed'],
    problem: ({ terms, details }) => unless(terms.passkey === details.credential_id, 'another passkey'),
  },
  issue_code: {
    events: ['passkey.code_issued'],
    problem: ({ terms, event }) => unless(event.account?.slack === slackOf(terms.for), 'another person'),
  },
  link_sign_in: {
    events: ['identity.confirmed'],
    problem: ({ terms, details }) =>
      unless(String(details.login).startsWith(`${terms.subject} at `), 'another subject'),
  },
}

/** Why a proof of this kind of click, over these terms, is not one of this event. Null: it is. */
export function problemOfClick(kind: string, terms: Fields, event: LeafEvent): string | null {
  const click = Object.hasOwn(clicks, kind) ? clicks[kind as IntentKind] : null
  if (!click?.events.includes(event.action) || terms.kind !== kind)
    return 'its proof is for another kind of click'
  const problem = click.problem({ terms, event, details: isFields(event.details) ? event.details : {} })
  return problem === null ? null : `its proof is for ${problem}`
}

function otherRequest({ terms, event }: Compared): string | null {
  return unless(terms.request_id !== undefined && terms.request_id === event.request?.id, 'another request')
}

function otherAccess({ terms, event }: Compared): string | null {
  return unless(
    terms.resource === event.resource && terms.entitlement === event.entitlement,
    'another access',
  )
}

function unless(isSame: boolean, other: string): string | null {
  return isSame ? null : other
}

/** An account as leaves name it. */
function slackOf(account: Json | undefined): string | undefined {
  return isFields(account) ? `${account.team_id}/${account.user_id}` : undefined
}

function isFields(json: Json | undefined): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
