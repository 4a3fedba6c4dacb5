import { afterEach, beforeEach, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { usualStepUp } from '../../src/domain/step-up.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeEach(async () => {
  workspace = await openWorkspace()
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const read = (message: VisibleMessage | undefined) =>
  message ? plainText(message.blocks ?? []).replace(/[*`]/g, '') : ''
const ask = (userId = 'U0CARL') =>
  workspace
    .as(userId)
    .command('/request-access', 'orders-db read-orders for 1h because Fixing the totals of INC-42', {
      channel: 'C0LOBBY',
    })
async function holds(): Promise<void> {
  await ask()
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
}
const revoke = (userId: string, text: string) =>
  workspace.as(userId).command('/revoke', text, { channel: 'C0LOBBY' })
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`.replace(/[*`]/g, ''))
        ? view
        : undefined
    },
    { what: `${userId} to see ${words}` },
  )
const hears = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () =>
      (await workspace.as(userId).messages('C0LOBBY')).some(
        (message) => message.ephemeral && words.test(read(message)),
      ),
    { what: `${userId} to hear ${words}` },
  )
const security = async () => (await workspace.as('U0LEAD').messages('C0SECURITY')).map(read)
const because = (reason = 'A laptop was stolen') => ({ 'daypass.panic.form.reason': reason })

it('/revoke everything: the form names counts, the channel shows the progress and the end, and the holder reads why', async () => {
  await holds()
  await ask('U0PAT')
  await workspace.settle()
  await revoke('U0LEAD', 'everything because A laptop was stolen')
  const view = await sees('U0LEAD', /1 lease of 1 person on 1 system, and 1 request that waits/)
  expect(plainText(view.blocks)).toContain('You cannot undo this')
  expect(await workspace.as('U0LEAD').submit({})).toMatchObject({ ok: true })
  await hears(
    'U0LEAD',
    /Taking back everything: 1 lease of 1 person on 1 system, and 1 request that waits\. It is frozen until a security lead/,
  )
  await workspace.settle()
  workspace.world.clock.advance(3)
  await workspace.settle()
  const [progress, end] = await security()
  expect(progress).toMatch(/Taken back, proven gone/)
  expect(progress).toMatch(/1 of 1 lease proven gone, 1 request cancelled/)
  expect(progress).toContain('A laptop was stolen')
  expect(end).toMatch(/you took back everything\. The one lease is proven gone/)
  expect((await workspace.as('U0CARL').directMessages()).map(read).join('\n')).toMatch(
    /Revoked by @U0LEAD[\s\S]*A laptop was stolen/,
  )
  expect((await workspace.as('U0PAT').directMessages()).map(read).join('\n')).toMatch(
    /Cancelled .* by @U0LEAD, who took access back: no access was given[\s\S]*A laptop was stolen/,
  )
  await ask()
  await hears(
    'U0CARL',
    /Nothing is granted on any system until a security lead lifts this.*A laptop was stolen/,
  )
})

it('with `security.stepUp.revokeAll`, nothing is taken back before the proof, and the window says what to do', async () => {
  await workspace.close()
  workspace = await openWorkspace({ stepUp: true })
  const { catalog } = workspace.world.ports
  Object.assign(catalog, {
    security: { ...catalog.security, stepUp: { ...usualStepUp, revokeAll: true } },
  })
  await holds()
  await revoke('U0LEAD', 'everything')
  await sees('U0LEAD', /1 lease of 1 person/)
  expect(await workspace.as('U0LEAD').submit(because())).toMatchObject({ ok: true })
  await sees(
    'U0LEAD',
    /Take access back needs a proof of who you are, and you have no passkey[\s\S]*Another security lead can do it/,
  )
  expect(await security()).toEqual([])
  const [grant] = await workspace.world.database.sql`select status from grants`
  expect(grant).toEqual({ status: 'active' })
})

it('a freeze: the form says so with its end, nothing typed is lost, and the button lifts it', async () => {
  await revoke('U0LEAD', 'freeze orders-db for 4h because Maintenance')
  await sees('U0LEAD', /Freeze orders-db: from now on nothing is granted there/)
  await workspace.as('U0LEAD').submit({})
  await hears('U0LEAD', /orders-db is frozen until/)
  await workspace.settle()
  expect((await security()).join('\n')).toMatch(/@U0LEAD froze orders-db until .*Nothing is granted there/)

  await workspace.as('U0CARL').command('/request-access', 'orders-db', { channel: 'C0LOBBY' })
  await sees('U0CARL', /Nothing is granted on orders-db until/)
  const typed = {
    'daypass.form.entitlement': 'read-orders',
    'daypass.form.justification': 'Fixing the totals of INC-42',
  }
  await workspace.as('U0CARL').submit(typed)
  const again = await sees('U0CARL', /Nothing is granted on orders-db until/)
  expect(JSON.stringify(again.blocks)).toContain('Fixing the totals of INC-42')

  await workspace.as('U0DANA').command('/revoke', 'lift orders-db', { channel: 'C0LOBBY' })
  await hears('U0DANA', /No policy lets you take back access everywhere/)
  await workspace.as('U0LEAD').press('daypass.freeze.lift')
  await workspace.settle()
  expect((await security()).at(-1)).toMatch(/@U0LEAD lifted the freeze: orders-db is no longer frozen/)
  await revoke('U0LEAD', 'freezes')
  await hears('U0LEAD', /Nothing is frozen/)
})

it('says beside the fields what is wrong, and keeps what was typed', async () => {
  await revoke('U0LEAD', '@carl')
  await sees('U0LEAD', /All access of @U0CARL is taken back now/)
  const answer = await workspace.as('U0LEAD').submit({ ...because('  '), 'daypass.panic.form.until': 'soon' })
  expect(JSON.stringify(answer)).toMatch(/Say why/)
  expect(JSON.stringify(answer)).toMatch(/“soon” is no time/)
})

it('tells when there is something else to take back than the form showed', async () => {
  await revoke('U0LEAD', 'orders-db')
  await sees('U0LEAD', /No access is open/)
  await holds()
  await workspace.as('U0LEAD').submit(because())
  await hears(
    'U0LEAD',
    /Taking back orders-db: 1 lease of 1 person on 1 system\. The form showed: No access is open/,
  )
})

it('an approver revokes their own system; others are refused, and read why', async () => {
  await holds()
  await revoke('U0DANA', 'orders-db because It is broken')
  await sees('U0DANA', /All access to orders-db is taken back now/)
  for (const text of ['everything', '@carl']) {
    await revoke('U0ERIN', text)
    await hears('U0ERIN', /No policy lets you take back access everywhere/)
  }
  await revoke('U0CARL', 'orders-db')
  await hears('U0CARL', /No policy lets you/)
  await revoke('U0DANA', 'AR-1001 because It is over')
  const view = await sees('U0DANA', /Revoke AR-1001/)
  expect(JSON.stringify(view.blocks)).toContain('It is over')
})

it('the requester sees who was asked when, and nudges once', async () => {
  await ask()
  await workspace.settle()
  workspace.world.clock.advance(900)
  await workspace.settle()
  const told = async () => (await workspace.as('U0CARL').directMessages()).map(read).join('\n')
  expect(await told()).toMatch(/Asked .* · again /)
  await workspace.as('U0CARL').press('daypass.nudge')
  await workspace.settle()
  expect(await told()).toMatch(/Asked .* · again .* · you nudged /)
  expect(JSON.stringify(await workspace.as('U0CARL').directMessages())).not.toContain('daypass.nudge')
  const thread = (await workspace.as('U0DANA').messages('C0ORDERS'))
    .filter(({ threadTs }) => threadTs)
    .map(read)
  expect(thread.at(-1)).toMatch(/@U0DANA .*@U0CARL asks once more for AR-1001: 0 of 1 approval/)
})
