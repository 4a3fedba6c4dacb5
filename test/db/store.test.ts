import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { actorOf } from '../../src/domain/audit-event.ts'
import { grantMessage, requestMessage } from '../../src/domain/message.ts'
import type { Store } from '../../src/domain/store.ts'
import {
  activatingGrant,
  active,
  closed,
  decisionOf,
  ended,
  event,
  member,
  minutesAfter,
  newRequest,
  noon,
  pendingRequest,
  permitted,
  revoking,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.database
  store = opened.store
  return opened.close
})

describe('accounts', () => {
  it('are written only when something changed', async () => {
    const first = await store.transaction((tx) => tx.accounts.upsert(member('U1')))
    const version = () => database.sql`select xmin::text, xmax::text from accounts where id = ${first.id}`
    const before = await version()
    expect(await store.transaction((tx) => tx.accounts.upsert(member('U1')))).toEqual(first)
    expect(await version()).toEqual(before)
    const guestExpiresAt = minutesAfter(noon, 9)
    const changed = await store.transaction((tx) =>
      tx.accounts.upsert(member('U1', { isGuest: true, guestExpiresAt })),
    )
    expect(changed).toEqual({ ...first, kind: 'contractor', isGuest: true, guestExpiresAt })
    expect(await store.transaction((tx) => tx.accounts.findByUserId('T1', 'U1'))).toEqual(changed)
    expect(await store.transaction((tx) => tx.accounts.find(first.id))).toEqual(changed)
  })

  it('that ten transactions store for the first time are one', async () => {
    const ids = await Promise.all(
      Array.from({ length: 10 }, () =>
        store.transaction(async (tx) => (await tx.accounts.upsert(member('UTEN'))).id),
      ),
    )
    expect(new Set(ids).size).toBe(1)
  })
})

describe('requests', () => {
  it('are read as they were written', async () => {
    const ticket = 'INC-42'
    const justification = 'שלום 🙂 <!channel> `x`\n\\u0000 "quoted" ; drop table requests'
    const { request, requester } = await pendingRequest(store, { ticket, justification })
    expect(request).toEqual({
      ...newRequest(requester, { ticket, justification }),
      how: 'approval',
      id: expect.any(String),
      reference: expect.stringMatching(/^AR-1\d{3}$/),
      submissionKey: undefined,
    })
    expect(await store.transaction((tx) => tx.requests.lock(request.id))).toEqual(request)
  })

  it('of one submission are one, however many arrive at once', async () => {
    const requester = await store.transaction((tx) => tx.accounts.upsert(member('USUBMIT')))
    const draft = newRequest(requester)
    const stored = await Promise.all(
      Array.from({ length: 10 }, () => store.transaction((tx) => tx.requests.insert(draft))),
    )
    const [request, ...others] = stored.filter((request) => request !== null)
    expect(others).toEqual([])
    expect(await store.transaction((tx) => tx.requests.findBySubmissionKey(draft.submissionKey))).toEqual(
      request,
    )
  })

  it('are counted and listed by person', async () => {
    const { requester, request } = await pendingRequest(store)
    const second = await store.transaction((tx) => tx.requests.insert(newRequest(requester)))
    await store.transaction((tx) => tx.requests.save(closed(request, 'cancelled')))
    await store.transaction(async (tx) => {
      expect(await tx.requests.pendingOf(requester.id)).toEqual([second?.id])
      expect(await tx.requests.countSince(requester, noon)).toBe(2)
      expect(await tx.requests.countSince(requester, minutesAfter(noon, 1))).toBe(0)
    })
  })
})

describe('impossible values:', () => {
  it.each(['', 'x', '1', "'; drop table requests", '\0', 'AR-1001'])('an id %j finds nothing', async (id) => {
    await store.transaction(async (tx) => {
      expect(await tx.requests.lock(id)).toBeNull()
      expect(await tx.grants.lock(id)).toBeNull()
      expect(await tx.grants.findByRequest(id)).toBeNull()
      expect(await tx.accounts.find(id)).toBeNull()
      expect(await tx.decisions.list(id)).toEqual([])
      expect(await tx.messages.list([{ kind: 'request', id }])).toEqual([])
    })
    expect(await store.histories.byRequest(id)).toBeNull()
  })

  it('NUL and half surrogate pairs are stored as replacement characters, in text and in JSON', async () => {
    const justification = 'a\0b\uD83Dc\uDE00d🙂'
    const policy = { ...permitted('request'), sentence: justification }
    const { request } = await pendingRequest(store, { justification, policy })
    const stored = 'a\uFFFDb\uFFFDc\uFFFDd🙂'
    expect(request).toMatchObject({ justification: stored, policy: { sentence: stored } })
    await store.transaction(async (tx) => {
      await tx.audit.append(
        event({ requestId: request.id, details: { text: justification, '\0': ['\uDC00'] } }),
      )
      expect(await tx.accounts.findByUserId('T\0', '\uD800')).toBeNull()
    })
    const history = await store.histories.byReference(request.reference)
    expect(history?.events.map(({ details }) => details)).toEqual([{ text: stored, '\uFFFD': ['\uFFFD'] }])
  })

  it('an impossible row is refused, and the error names it', async () => {
    const { grant } = await activatingGrant(store)
    await store.transaction((tx) => tx.grants.save(active(grant)))
    await database.sql`update grants set granted = '{"readAt": "yesterday"}' where id = ${grant.id}`
    const read = store.transaction((tx) => tx.grants.lock(grant.id))
    await expect(read).rejects.toThrow(`Row ${grant.id} of table grants cannot be read: granted.readAt`)
  })
})

describe('grants', () => {
  it('of a group are locked and saved together; what a status does not change stays as it was', async () => {
    const [one, other, bystander] = [
      active((await activatingGrant(store)).grant),
      active((await activatingGrant(store)).grant),
      active((await activatingGrant(store)).grant),
    ]
    const saved = [{ ...revoking(one), attempts: 3 }, revoking(other)]
    await store.transaction((tx) => tx.grants.saveAll([one, other, bystander]))
    await store.transaction((tx) => tx.grants.saveAll(saved))
    const locked = await store.transaction((tx) =>
      tx.grants.lockAll([other.id, 'x', one.id, bystander.id, randomUUID()]),
    )
    const byId = (grants: readonly { id: string }[]) => grants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(locked).toEqual(byId([...saved, bystander]))
    const kept = await database.sql`select granted from grants where id = ${one.id}`
    expect(kept).toMatchObject([{ granted: { summary: one.granted.summary } }])
    expect(await store.transaction((tx) => tx.grants.lockAll([]))).toEqual([])
  })
})

describe('decisions', () => {
  it('of one person count once, however often and from whichever account', async () => {
    const { request, approver } = await pendingRequest(store)
    const { confirmedEmail } = approver
    const second = await store.transaction((tx) =>
      tx.accounts.upsert(member(`U${randomUUID()}`, { confirmedEmail })),
    )
    const same = decisionOf(request, approver)
    const otherAccount = { ...same, approverId: second.id }
    const inserted = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        store.transaction((tx) => tx.decisions.insert(n % 2 === 0 ? same : otherAccount)),
      ),
    )
    expect(inserted.filter(Boolean)).toHaveLength(1)
    expect(await store.transaction((tx) => tx.decisions.list(request.id))).toHaveLength(1)
  })

  it('repeated after the request closed are still told apart from late ones', async () => {
    const { request, approver } = await activatingGrant(store)
    expect(await store.transaction((tx) => tx.decisions.insert(decisionOf(request, approver)))).toBe(false)
  })
})

it('a grant is read as each of its states was written', async () => {
  const { grant, requester, approver } = await activatingGrant(store)
  const failure = { code: 'unreachable', message: 'No answer.', at: minutesAfter(noon, 4) }
  const retrying = revoking(active(grant), approver.id)
  const failed = { ...retrying, status: 'revocation_failed', attempts: 3, failure } as const
  const live = () => store.transaction((tx) => tx.grants.openOf(requester.id))
  for (const state of [{ ...grant, attempts: 2 }, active(grant), retrying, failed, retrying]) {
    await store.transaction((tx) => tx.grants.save(state))
    expect(await store.transaction((tx) => tx.grants.lock(grant.id))).toEqual(state)
    expect(await live()).toEqual([grant.id])
  }
  await store.transaction((tx) => tx.grants.save(ended(retrying)))
  expect(await store.transaction((tx) => tx.grants.findByRequest(grant.requestId))).toEqual(ended(retrying))
  expect(await live()).toEqual([])
})

it('a grant that never became active is read as it was written', async () => {
  const { grant } = await activatingGrant(store)
  const { attempts: _, ...base } = grant
  const failure = { code: 'permission', message: 'Not allowed.', at: minutesAfter(noon, 4) }
  const failed = { ...base, status: 'activation_failed', failure, endedAt: minutesAfter(noon, 4) } as const
  await store.transaction((tx) => tx.grants.save(failed))
  expect(await store.transaction((tx) => tx.grants.lock(grant.id))).toEqual(failed)
})

describe('messages', () => {
  it('keep the first address, and the others as copies; each subject and variant has its own', async () => {
    const { request, grant } = await activatingGrant(store)
    const at = (ts: string) => ({ channelId: 'C1', ts })
    const card = requestMessage(request.id, 'card')
    await Promise.all(
      ['1.1', '1.2', '1.3'].map((ts) => store.transaction((tx) => tx.messages.record(card, at(ts)))),
    )
    const notice = { ...grantMessage(grant, 'requester:expiry_notice'), variant: 900 }
    const other = { ...notice, variant: 300 }
    await store.transaction(async (tx) => {
      const [first] = await tx.messages.list([card.subject])
      if (!first) throw new Error('no card')
      await tx.messages.record(card, first)
      await tx.messages.record(notice, at('2.1'))
      await tx.messages.record(other, at('2.2'))
      const all = await tx.messages.list([card.subject, notice.subject])
      expect(all).toEqual([
        first,
        { ...card, ...at(expect.any(String)) },
        { ...card, ...at(expect.any(String)) },
        { ...other, ...at('2.2') },
        { ...notice, ...at('2.1') },
      ])
      expect(await tx.messages.list([notice.subject])).toEqual(all.slice(3))
      await tx.messages.forget(other, at('2.2'))
      expect(await tx.messages.list([notice.subject])).toEqual(all.slice(4))
      expect(await tx.messages.list([])).toEqual([])
    })
  })

  it('are held by one process at a time, until recorded, released or expired', async () => {
    const { request } = await pendingRequest(store)
    const card = requestMessage(request.id, 'card')
    const claim = (now: Date) => store.transaction((tx) => tx.messages.claim(card, now, 60))
    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(noon)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    expect(await claim(minutesAfter(noon, 0.9))).toBe(false)
    expect(await claim(minutesAfter(noon, 1))).toBe(true)
    await store.transaction((tx) => tx.messages.release(card))
    expect(await claim(noon)).toBe(true)
    await store.transaction((tx) => tx.messages.record(card, { channelId: 'C1', ts: '1' }))
    expect(await claim(noon)).toBe(true)
  })
})

it('an interaction is claimed once, also when many arrive together', async () => {
  const keys = [randomUUID(), randomUUID()]
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, index) => store.interactions.claim(keys[index % 2] ?? '', noon)),
  )
  expect(claims).toEqual([true, true, ...Array(8).fill(false)])
  expect(await Promise.all(keys.map((key) => store.interactions.claim(key, noon)))).toEqual([false, false])
  expect(await store.interactions.claim(randomUUID(), noon)).toBe(true)
})

it('an audit event is read as it was written, in the order of writing, with the name of its actor', async () => {
  const { request, requester, grant } = await activatingGrant(store)
  const first = event({
    actor: actorOf(requester),
    action: 'request.submitted',
    subject: { kind: 'request', id: request.id },
    requestId: request.id,
    accountId: requester.id,
    resourceId: 'orders-db',
    entitlementId: 'read-orders',
    policy: permitted('request'),
    details: { nested: [1, null, { deep: true }], text: 'x' },
  })
  const second = event({
    at: minutesAfter(noon, -5),
    action: 'grant.ended',
    subject: { kind: 'grant', id: grant.id },
    requestId: request.id,
    grantId: grant.id,
  })
  await store.transaction(async (tx) => {
    await tx.audit.append(first)
    await tx.audit.append(second)
  })
  const history = await store.histories.byReference(request.reference.toLowerCase())
  expect(history?.events).toEqual([
    { ...first, id: expect.any(Number), actorUserId: requester.userId },
    { ...second, id: expect.any(Number), actorUserId: null },
  ])
})
