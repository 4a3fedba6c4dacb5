import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

describe.each(['http', 'socket'] as const)('over %s', (mode) => {
  let workspace: Workspace
  beforeEach(async () => {
    workspace = await openWorkspace({ mode })
  })
  afterEach(async () => {
    const { violations } = await workspace.client.traffic()
    await workspace.close()
    expect(violations).toEqual([])
  })

  it('plays the whole story: form, card, approval, credentials, done, audit', async () => {
    const { as, settle } = workspace
    const carl = as('U0CARL')
    expect((await carl.command('/request-access', '', { channel: 'C0LOBBY' })).ok).toBe(true)
    await carl.select('daypass.form.resource', 'orders-db')
    // The next fields appear after the acknowledgement of the choice.
    const hasField = (id: string) => async () => JSON.stringify(await carl.view()).includes(id) || null
    await workspace.client.waitFor(hasField('daypass.form.entitlement'), { what: 'the entitlements' })
    await carl.select('daypass.form.entitlement', 'read-orders')
    await workspace.client.waitFor(hasField('daypass.form.duration'), { what: 'the duration' })
    const sent = await carl.submit({
      'daypass.form.duration': '45m',
      'daypass.form.justification': 'Fixing the totals of INC-42',
    })
    expect(sent).toMatchObject({ ok: true, result: 'cleared' })
    await settle()

    const dana = as('U0DANA')
    const card = (await dana.messages('C0ORDERS')).at(-1)
    expect(plainText(card?.blocks ?? [])).toContain('Fixing the totals of INC-42')
    expect(plainText(card?.blocks ?? [])).toContain('Waiting for approval')
    expect((await dana.press('daypass.approve')).ok).toBe(true)
    await settle()
    const approved = (await dana.messages('C0ORDERS')).find(({ ts }) => ts === card?.ts)
    expect(plainText(approved?.blocks ?? [])).toContain('Access is active')
    expect(plainText(approved?.blocks ?? [])).toContain('U0DANA')

    await carl.press('daypass.credentials')
    const modal = await workspace.client.waitFor(async () => {
      const view = await carl.view()
      return view && plainText(view.blocks).includes('Password') ? view : undefined
    })
    expect(plainText(modal.blocks)).toContain('Daypass does not store what you see here')
    await carl.closeView()

    await carl.press('daypass.release')
    await settle()
    const said = (await carl.directMessages())
      .map(({ blocks, text }) => `${text} ${plainText(blocks ?? [])}`)
      .join('\n')
    expect(said).toContain('Thank you for giving it back early')
    expect(said).not.toContain('daypass.credentials')

    const history = await as('U0LEAD').command('/audit', 'AR-1', { channel: 'C0LOBBY' })
    expect(JSON.stringify(history)).toContain('may see')
    const list = await as('U0LEAD').command('/audit', 'orders-db', { channel: 'C0LOBBY' })
    expect(plainText(list.response?.blocks ?? [])).toContain('revoked')
  })
})
