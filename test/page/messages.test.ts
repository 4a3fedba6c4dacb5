import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seriousProblems } from './_axe.ts'
import { shoot, windowAs } from './_browser.ts'
import { everyBlock } from './_every-block.ts'
import { ACK_MS, button, m, option, pageWorld, send, t } from './_page-world.ts'

const world = pageWorld()

describe('what people and apps write', () => {
  it('never becomes markup', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await send(world.page, evil)
    await world.post({
      text: evil,
      blocks: [
        { type: 'section', text: t(evil) },
        { type: 'header', text: t(evil) },
      ],
    })
    await world.page.locator('.block-header').waitFor()
    expect(await world.page.locator('.messages :is(img, script)').count()).toBe(0)
    expect(await world.page.locator('.messages').getByText('<script>').count()).toBe(3)
    expect(await world.page.title()).toBe('Local Slack')
  })

  it('is read as mrkdwn: mentions by name, links that open elsewhere, dates in the zone of the reader', async () => {
    const at = Date.UTC(2026, 10, 20, 12) / 1000
    await world.post({
      text: `*Hello* <@U0GINA>, see <https://example.com/a|the page> on <!date^${at}^{date_num} {time}|then>`,
    })
    const message = world.page.locator('.message').last()
    await message.waitFor()
    expect(await message.textContent()).toContain('Hello @Gina Guest, see the page on 2026-11-20 7:00 AM')
    expect(await message.getByRole('link', { name: 'the page' }).getAttribute('rel')).toBe(
      'noopener noreferrer',
    )
    const gina = await windowAs(world.browser, {
      url: world.sandbox.url,
      user: 'U0GINA',
      channel: 'C0GENERAL',
    })
    await gina.getByText('2026-11-20 12:00 PM').waitFor()
    await gina.context().close()
  })

  it('comes at once to everybody who looks, with edits and deletions', async () => {
    const { ts } = await world.post({ text: 'first words' })
    await world.page.getByText('first words', { exact: true }).waitFor()
    await world.api('chat.update', { channel: 'C0GENERAL', ts: ts as string, text: 'better words' })
    await world.page.getByText('better words').waitFor()
    await world.page.getByText('(edited)').waitFor()
    await world.api('chat.delete', { channel: 'C0GENERAL', ts: ts as string })
    await world.page.getByText('better words').waitFor({ state: 'detached' })
  })

  it('is marked when only one person sees it, and is not before others', async () => {
    await world.api('chat.postEphemeral', { channel: 'C0GENERAL', user: 'U0GINA', text: 'for Gina' })
    await world.api('chat.postEphemeral', { channel: 'C0GENERAL', user: 'U0DANA', text: 'for Dana' })
    await world.page.locator('.ephemeral', { hasText: 'for Dana' }).getByText('Only visible to you').waitFor()
    expect(await world.page.getByText('for Gina').count()).toBe(0)
  })

  it('may carry files, which download as they came', async () => {
    const { upload_url, file_id } = await world.api('files.getUploadURLExternal', {
      filename: 'who.csv',
      length: 7,
    })
    await fetch(String(upload_url), { method: 'POST', body: 'a,b\n1,2' })
    await world.api('files.completeUploadExternal', {
      files: [{ id: file_id, title: 'Who had what' }],
      channel_id: 'C0GENERAL',
    })
    const [download] = await Promise.all([
      world.page.waitForEvent('download'),
      world.page.getByRole('link', { name: /Download/ }).click(),
    ])
    expect(download.suggestedFilename()).toBe('who.csv')
    expect(readFileSync(await download.path(), 'utf8')).toBe('a,b\n1,2')
  })
})

describe('blocks', () => {
  it('are drawn, each that a message can hold', async () => {
    for (const blocks of everyBlock) await world.post({ blocks })
    await world.page.locator('.block-data_table').waitFor()
    expect(await world.page.locator('.unknown').count()).toBe(0)
    const words = (await world.page.locator('.messages').textContent()) ?? ''
    for (const wanted of [
      'A header',
      'A section',
      'A field',
      'In context',
      'Step one',
      'Quarterly',
      'A card',
      'A task',
      'Inside',
      'A film',
      'First in the row',
      'Good',
      '1 of 2',
    ]) {
      expect(words).toContain(wanted)
    }
    expect(await seriousProblems(world.page)).toEqual([])
    await world.page.setViewportSize({ width: 1280, height: 2600 })
    await shoot(world.page, 'blocks')
  })

  it('sort a data table by any column, numbers as numbers', async () => {
    const cell = (text: string) => ({ type: 'raw_text', text })
    const amount = (value: number) => ({ type: 'raw_number', value, text: String(value) })
    const rows = [
      [cell('Who'), cell('Hours')],
      [cell('Ana'), amount(10)],
      [cell('Bo'), amount(9)],
      [cell('Cy'), amount(100)],
    ]
    await world.post({ blocks: [{ type: 'data_table', caption: 'Hours', rows }] })
    const hours = world.page.getByRole('columnheader', { name: /Hours/ })
    const column = () => world.page.locator('tbody td:first-child').allTextContents()
    await expect.poll(column).toEqual(['Ana', 'Bo', 'Cy'])
    await hours.getByRole('button').click()
    await expect.poll(column).toEqual(['Bo', 'Ana', 'Cy'])
    await expect.poll(() => hours.getAttribute('aria-sort')).toBe('ascending')
    await hours.getByRole('button').click()
    await expect.poll(column).toEqual(['Cy', 'Ana', 'Bo'])
  })
})

describe('what is pressed', () => {
  it('asks to confirm first, and tells the app nothing when one declines', async () => {
    const confirm = {
      title: t('Sure?'),
      text: t('It cannot be undone.'),
      confirm: t('Do it'),
      deny: t('Leave it'),
    }
    await world.post({ blocks: [{ type: 'actions', elements: [button('go', { value: '1', confirm })] }] })
    await world.page.getByRole('button', { name: 'go' }).click()
    await world.page.getByRole('dialog', { name: 'Sure?' }).getByRole('button', { name: 'Leave it' }).click()
    expect(world.heard('block_actions')).toEqual({})
    await world.page.getByRole('button', { name: 'go' }).click()
    await world.page.getByRole('button', { name: 'Do it' }).click()
    await world.sandbox.client.waitFor(() => world.heard('block_actions').actions)
  })

  it('is a menu by keyboard: arrows walk, Escape closes, Enter picks', async () => {
    const options = ['one', 'two', 'three'].map((value) => option(value))
    await world.post({
      blocks: [{ type: 'actions', elements: [{ type: 'overflow', action_id: 'more', options }] }],
    })
    const dots = world.page.getByRole('button', { name: 'More actions' })
    await dots.focus()
    await dots.press('Enter')
    await world.page.keyboard.press('Escape')
    await world.page.getByRole('menu').waitFor({ state: 'detached' })
    await expect.poll(() => world.page.evaluate('document.activeElement.ariaLabel')).toBe('More actions')
    await dots.press('Enter')
    await world.page.keyboard.press('ArrowDown')
    await world.page.keyboard.press('Enter')
    const actions = await world.sandbox.client.waitFor(() => world.heard('block_actions').actions)
    expect(actions).toMatchObject([{ selected_option: { value: 'two' } }])
  })

  it('is a shortcut: in the menu beside a message, or in the composer', async () => {
    await send(world.page, 'It broke')
    const message = world.page.locator('.message', { hasText: 'It broke' })
    await message.hover()
    await message.getByRole('button', { name: 'Message shortcuts' }).click()
    await world.page.getByRole('menuitem', { name: /File this/ }).click()
    await world.sandbox.client.waitFor(() => world.heard('message_action').message)
    expect(world.heard('message_action')).toMatchObject({
      callback_id: 'file',
      message: { text: 'It broke' },
    })
    const composer = world.page.getByRole('textbox', { name: /^Message #/ })
    await composer.fill('/as')
    await world.page.getByRole('option', { name: /Ask shortcut/ }).waitFor()
    await composer.press('Enter')
    await world.sandbox.client.waitFor(() => world.heard('shortcut').callback_id)
    expect(await composer.inputValue()).toBe('')
  })

  it('shows what Slack shows where the app does not acknowledge in time', async () => {
    world.answers.block_actions = { afterMs: ACK_MS * 3 }
    world.answers.command = { afterMs: ACK_MS * 3 }
    await world.post({
      blocks: [{ type: 'section', text: m('slow'), accessory: button('go', { value: '1' }) }],
    })
    await world.page.getByRole('button', { name: 'go' }).click()
    await world.page
      .getByRole('alert')
      .getByText(/timed out/)
      .waitFor()
    await send(world.page, '/hello there')
    await world.page
      .getByRole('alert')
      .getByText('/hello failed with the error "operation_timeout"')
      .waitFor()
    const composer = world.page.getByRole('textbox', { name: /^Message #/ })
    expect(await composer.inputValue()).toBe('/hello there')

    await world.page.getByRole('button', { name: /Inspector/ }).click()
    const inspector = world.page.getByRole('complementary', { name: 'Inspector' })
    await inspector.getByText('2 refused').waitFor()
    await inspector.getByRole('checkbox', { name: 'Only refused' }).check()
    expect(await inspector.locator('.row.refused').count()).toBe(2)
    await shoot(world.page, 'refused-late')
    expect(await seriousProblems(world.page)).toEqual([])
    await inspector.getByRole('button', { name: 'Clear' }).click()
    await inspector.getByText('nothing refused').waitFor()
    expect(await inspector.locator('.row').count()).toBe(0)
  })
})
