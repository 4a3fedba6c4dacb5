import { afterAll, beforeAll, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { holdActionIds } from '../../src/slack/features/holds/ids.ts'
import { recordActionIds } from '../../src/slack/features/record/ids.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { reportFaultsNow } from '../../src/usecases/record/report-faults.ts'
import { signCheckpoint } from '../../src/usecases/record/sign-checkpoint.ts'
import { who } from '../_world.ts'
import { newMemory, newSigner } from '../record/_record-world.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let reference: string
const signer = newSigner()
const memory = newMemory()

beforeAll(async () => {
  workspace = await openWorkspace()
  const { catalog } = workspace.world.ports
  const security = { ...catalog.security, leads: [...catalog.security.leads, 'U0PAT'] }
  Object.assign(workspace.world.ports, { catalog: { ...catalog, security } })
  const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
  const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  reference = /AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? ''
  await workspace.settle()
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

async function audit(text: string, userId = 'U0LEAD'): Promise<string> {
  const { response } = await workspace.as(userId).command('/audit', text, { channel: 'C0LOBBY' })
  expect(response?.response_type).toBe('ephemeral')
  return plainText(response?.blocks ?? []) || (response?.text ?? '')
}
const lastIn = async (channel: string, userId = 'U0LEAD') => {
  const message = (await workspace.as(userId).messages(channel)).at(-1)
  return plainText(message?.blocks ?? []) || (message?.text ?? '')
}
const press = async (userId: string, action: string, words: RegExp) => {
  const shown = (await workspace.as('U0LEAD').messages('C0SECURITY')).findLast(({ blocks }) =>
    JSON.stringify(blocks).includes(action),
  )
  await workspace.as(userId).press(action, { message: { channel: 'C0SECURITY', ts: shown?.ts ?? '' } })
  await workspace.client.waitFor(async () => words.test(await lastIn('C0SECURITY', userId)), {
    what: `${userId} to see ${words}`,
  })
}

it('/audit AR-… proof says whether the events are in the signed record, to those who may audit', async () => {
  const { record, clock } = workspace.world.ports
  expect(await audit(`${reference} proof`)).toContain('No checkpoint was signed yet')
  await record.sequence({ late: true })
  await signCheckpoint({ record, clock, signer, memory })
  const text = await audit(`${reference} proof`)
  expect(text).toContain(`All 1 events of ${reference} are in the signed record`)
  expect(text).toMatch(/✓ 0 .*request\.submitted/)
  expect(await audit(`${reference} proof`, 'U0CARL')).toMatch(/⛔/)
  expect(await audit('AR-99999 proof')).toContain('There is no request')
})

it('faults are told with what to do, and only a security lead acknowledges them', async () => {
  await reportFaultsNow(workspace.world.ports, [{ position: 7, what: 'the event is gone' }])
  await workspace.settle()
  expect(await lastIn('C0SECURITY')).toMatch(/The audit log was changed[\s\S]*Position 7: the event is gone/)
  await press('U0LEAD', recordActionIds.acknowledge, /Acknowledged and recorded: 1 fault/)
  await press('U0LEAD', recordActionIds.acknowledge, /Somebody has acknowledged this before/)
})

it('an erasure that one security lead asks for is confirmed by another, and the card is edited', async () => {
  const asked = await askErasure(workspace.world.ports, { by: who('U0PAT'), about: reference })
  expect(asked.kind).toBe('asked')
  await workspace.settle()
  expect(await lastIn('C0SECURITY')).toMatch(/asks to erase every text that people typed on/)
  await press('U0LEAD', recordActionIds.confirmErasure, /Erased: 1 text/)
  await workspace.settle()
  const [card] = await workspace.as('U0DANA').messages('C0ORDERS')
  expect(plainText(card?.blocks ?? [])).toContain('(erased)')
  expect(JSON.stringify(card?.blocks)).not.toContain('INC-42')
  await press('U0LEAD', recordActionIds.declineErasure, /Somebody has answered this before/)
})

it('a legal hold is placed and seen by /audit, and two security leads lift it', async () => {
  expect(await audit('hold @carl')).toContain('Say why')
  expect(await audit('hold @carl since monday because Case 42')).toContain('I do not understand `since`')
  expect(await audit('hold @carl from monday because Case 42')).toContain('needs a day')
  expect(await audit('hold nowhere-db because Case 42')).toContain('There is no resource')
  expect(await audit('hold @carl because Case 42', 'U0CARL')).toMatch(/Only security leads/)
  expect(await audit('hold @carl from 2026-11-01 because Case <42>')).toContain('`LH-1` stands')
  await workspace.settle()
  expect(await lastIn('C0SECURITY')).toMatch(/placed the legal hold .LH-1. on @?.*from[\s\S]*Case <42>/)
  expect(await audit('holds')).toMatch(/1 legal hold now:[\s\S]*LH-1[\s\S]*Case <42>/)
  expect(await audit('holds', 'U0CARL')).toMatch(/Only security leads/)
  const asked = await askErasure(workspace.world.ports, { by: who('U0PAT'), about: reference })
  expect(asked).toMatchObject({ kind: 'asked', kept: [{ reference: 'LH-1' }] })
  await workspace.settle()
  await press(
    'U0LEAD',
    recordActionIds.confirmErasure,
    /Erased: 0 texts[\s\S]*.LH-1. keeps everything of AR-/,
  )
  expect(await audit('hold lift LH-1', 'U0PAT')).toContain('Another security lead has to confirm')
  await workspace.settle()
  await press('U0LEAD', holdActionIds.confirmLift, /.LH-1. is lifted and recorded/)
  await workspace.settle()
  expect(await lastIn('C0SECURITY')).toMatch(/lifted the legal hold .LH-1./)
  expect(await audit('holds')).toMatch(/No legal hold stands/)
})

it('a checkpoint stands in the channel as it was signed', async () => {
  const { record, messenger } = workspace.world.ports
  const { note } = (await record.lastCheckpoint()) ?? { note: '' }
  await messenger.tellSecurity({ kind: 'record_checkpoint', note }, 'C0AUDIT')
  const message = (await workspace.as('U0LEAD').messages('C0AUDIT')).at(-1)
  expect(JSON.stringify(message?.blocks)).toContain(JSON.stringify(note).slice(1, -1))
})

it('a stream that fails is told with the reason, which injects nothing', async () => {
  const { messenger } = workspace.world.ports
  const notice = {
    kind: 'stream',
    stream: 'soc',
    state: 'failing',
    problem: 'It answers with 503. <!channel>',
  } as const
  await messenger.tellSecurity({ ...notice, since: '2026-11-22T09:00:00.000Z' }, 'C0SECURITY')
  expect(await lastIn('C0SECURITY')).toMatch(
    /has taken no event of the stream `?soc`? since .*It answers with 503\. <!channel>/s,
  )
  await messenger.tellSecurity({ ...notice, state: 'recovered', problem: null, since: null }, 'C0SECURITY')
  expect(await lastIn('C0SECURITY')).toContain('works again')
})
