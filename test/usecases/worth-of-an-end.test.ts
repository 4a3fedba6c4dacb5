import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Assurance, Evidence } from '../../src/domain/connector.ts'
import { auditHistoryAnswer } from '../../src/slack/features/audit/history.ts'
import { emptyForm, requestForm } from '../../src/slack/features/request/form.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { queryAudit } from '../../src/usecases/audit/query-audit.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const assurance: Assurance = {
  proof: 'contract',
  nativeExpiry: false,
  residual: 'AWS sessions opened before may go on for up to 1h.',
}

function offered(worth: Assurance) {
  const resource = world.ports.catalog.resources.get('orders-db')
  if (!resource) throw new Error('not in the catalog')
  Object.assign(resource.connector, { assurance: worth })
  return resource
}

const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}

/** What people read once the lease has ended with this evidence. */
async function afterAnEndWith(removed: Partial<Evidence>) {
  const request = await world.ask()
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  await world.processAll()
  world.target.connector.revoke = async () => ({
    readAt: world.clock.now(),
    summary: 'The assignment is removed.',
    facts: {},
    ...removed,
  })
  world.clock.advance(3600)
  await world.processAll()
  const { reference } = request
  const answer = await queryAudit(world.ports, {
    by: who('U0LEAD'),
    query: { kind: 'history', reference },
  })
  if (answer.kind !== 'history') throw new Error(answer.kind)
  const audit = auditHistoryAnswer(answer.history, { catalog: world.ports.catalog, shared: false })
  return {
    card: textOf(request.id, 'card'),
    thread: textOf(request.id, 'thread:ended'),
    message: textOf(request.id, 'requester:ended'),
    audit: JSON.stringify(audit),
  }
}

it('form and card say before the access is given how it will end, and what can outlive that', async () => {
  const resource = offered(assurance)
  const entitlement = resource.entitlements.get('read-orders') ?? null
  const form = requestForm({ ...emptyForm, resource, entitlement })
  const request = await world.ask()
  await world.processAll()
  for (const text of [JSON.stringify(form), textOf(request.id, 'card')]) {
    expect(text).toContain('removes the access through an API')
    expect(text).toContain('The target has no expiry of its own.')
    expect(text).toContain('AWS sessions opened before may go on for up to 1h.')
  }
})

it('an end that something outlives says until when: in message, thread, card and audit', async () => {
  const at = new Date(world.clock.now().getTime() + 2 * 3_600_000)
  const told = await afterAnEndWith({
    proof: 'contract',
    residualUntil: { at, what: 'AWS sessions opened before' },
  })
  for (const text of [told.message, told.thread, told.card]) {
    expect(text).toContain(`AWS sessions opened before may last until <!date^${at.getTime() / 1000}^{time}|`)
  }
  expect(told.message).toContain('is removed, as the API of the target confirmed')
  expect(told.card).toContain('Ended, open sessions may go on for a while')
  expect(told.audit).toContain('AWS sessions opened before may last until 2026-11-22 11:00 UTC.')
  for (const text of Object.values(told)) expect(text).not.toMatch(/(access|it) is gone/)
})

it('an end that something outlives without a known end says that: in message, thread, card and audit', async () => {
  const told = await afterAnEndWith({ residualUntil: { at: null, what: 'Open watches' } })
  for (const text of [told.message, told.thread, told.card, told.audit]) {
    expect(text).toContain('Open watches may last without a known end.')
  }
  expect(told.card).toContain('Ended, open sessions may go on for a while')
  for (const text of Object.values(told)) expect(text).not.toMatch(/access is gone/)
})

it('an end that somebody only reported is never told as proven', async () => {
  const told = await afterAnEndWith({ proof: 'attested' })
  expect(told.message).toContain('This is attested, not proven.')
  expect(told.card).toContain('Ended, removal is attested, not proven')
  expect(told.audit).toContain('Attested, not proven.')
  for (const text of Object.values(told)) expect(text).not.toMatch(/is gone|read back/)
})

it('access that the holder has from elsewhere is told, and never called gone', async () => {
  const told = await afterAnEndWith({ proof: 'real', remains: 'ana is still in dba through ops.' })
  for (const text of Object.values(told)) {
    expect(text).toContain('ana is still in dba through ops.')
    expect(text).not.toMatch(/is gone/)
  }
  expect(told.card).toContain('Ended, access from elsewhere remains')
})

it('an end that was read back is told as gone', async () => {
  const told = await afterAnEndWith({ proof: 'real' })
  expect(told.message).toContain('is gone, read back')
  expect(told.card).toContain('Ended, access is gone')
})

it('access that somebody has from elsewhere is named, and not told as gone', async () => {
  const remains = 'carl still has the role read: https://git.test/acme/shop/settings/access.'
  const told = await afterAnEndWith({ proof: 'real', remains })
  for (const text of [told.message, told.thread, told.card])
    expect(text).toContain('carl still has the role read: <https://git.test/acme/shop/settings/access>.')
  expect(told.audit).toContain('carl still has the role read')
  expect(told.card).toContain('Ended, access from elsewhere remains')
})
