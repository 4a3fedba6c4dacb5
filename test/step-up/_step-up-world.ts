import type { Entitlement } from '../../src/domain/catalog.ts'
import type { Intent, StepUpMoment, StepUpRules } from '../../src/domain/step-up.ts'
import { usualStepUp } from '../../src/domain/step-up.ts'
import { createAuthenticator } from '../../src/step-up/authenticator.ts'
import { createSignIns } from '../../src/step-up/sign-in.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { addPasskey } from '../../src/usecases/step-up/add-passkey.ts'
import { askProof } from '../../src/usecases/step-up/ask-proof.ts'
import { issuePasskeyCode } from '../../src/usecases/step-up/issue-code.ts'
import { openStepUpPage } from '../../src/usecases/step-up/open-page.ts'
import { proveByPasskey } from '../../src/usecases/step-up/prove.ts'
import { openWorld, type PersonId, who } from '../_world.ts'
import { type Misbehaviour, type SoftAuthenticator, softAuthenticator } from './_authenticator.ts'

export const origin = 'https://daypass.acme.test'

/** The base world, in which the catalog asks for proofs. */
export async function openStepUpWorld(
  moments: readonly StepUpMoment[] = ['approve'],
  rules: Partial<StepUpRules> = {},
) {
  const world = await openWorld()
  const { catalog } = world.ports
  const stepUp = { origin, authenticator: createAuthenticator(origin), signIn: createSignIns(origin) }
  const security = { ...catalog.security, stepUp: { ...usualStepUp, ...rules } }
  Object.assign(catalog, { security })
  const ports = Object.assign(world.ports, { stepUp })
  const change = (changes: Partial<Entitlement>) => {
    const resource = catalog.resources.get('orders-db')
    const entitlement = resource?.entitlements.get('read-orders')
    if (!resource || !entitlement) throw new Error('no such entitlement')
    Object.assign(resource, {
      entitlements: new Map(resource.entitlements).set('read-orders', { ...entitlement, ...changes }),
    })
  }
  change({ stepUp: moments })

  async function link(userId: PersonId, intent: Intent): Promise<string> {
    const asked = await askProof(ports, { by: who(userId), intent })
    if (asked.kind !== 'asked') throw new Error(`no link: ${asked.kind}`)
    return asked.url.split('#')[1] ?? ''
  }

  async function page(token: string) {
    const opened = await openStepUpPage(ports, token)
    if (opened.kind !== 'open') throw new Error(`the link is ${opened.why}`)
    return opened
  }

  /** Adds a first passkey by a code of the command line. */
  async function enrol(userId: PersonId, name = 'Laptop'): Promise<SoftAuthenticator> {
    const issued = await issuePasskeyCode(ports, userId)
    if (issued.kind !== 'issued') throw new Error(`no code: ${issued.kind}`)
    const token = await link(userId, { kind: 'add_passkey' })
    const authenticator = softAuthenticator({ origin })
    const registration = authenticator.register((await page(token)).registration)
    const added = await addPasskey(ports, { token, name, registration, code: issued.code, assertion: null })
    if (added.kind !== 'added') throw new Error(`not added: ${JSON.stringify(added)}`)
    authenticator.counter += 1
    return authenticator
  }

  async function press(
    userId: PersonId,
    requestId: string,
    verdict: 'approve' | 'deny' = 'approve',
  ): Promise<string> {
    const reason = verdict === 'deny' ? 'Not today' : null
    const answer = await decideRequest(ports, { by: who(userId), requestId, verdict, reason })
    if (answer.kind !== 'needs_proof') throw new Error(`no proof is asked for: ${answer.kind}`)
    return link(userId, answer.intent)
  }

  /** Opens the page and answers with this passkey. */
  async function prove(token: string, authenticator: SoftAuthenticator, bad: Misbehaviour = {}) {
    const { assertion } = await page(token)
    const answer = authenticator.assert(assertion ?? { challenge: '' }, bad)
    const proven = await proveByPasskey(ports, { token, answer })
    if (proven.kind === 'carried_out') authenticator.counter += 1
    return proven
  }

  async function events(action: string) {
    const { sql } = world.database
    return sql<{ details: Record<string, unknown>; action: string }[]>`
      select action, details from audit_events where action = ${action} order by id`
  }

  return { ...world, ports, change, link, page, enrol, press, prove, events }
}
export type StepUpWorld = Awaited<ReturnType<typeof openStepUpWorld>>
