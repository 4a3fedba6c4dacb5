import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildPage } from '../../sandbox/page/build.ts'
import type { UserSeed } from '../../sandbox/types.ts'
import { shoot } from './_browser.ts'
import { m, pageWorld } from './_page-world.ts'

const people = Array.from(
  { length: 100 },
  (_, i): UserSeed => ({
    id: `U0P${String(i).padStart(3, '0')}`,
    name: `person${i}`,
    realName: `Person ${i}`,
    tz: 'Europe/Berlin',
    role: 'member',
  }),
)
const world = pageWorld(({ workspace }) => {
  workspace.users.push(...people)
  for (const channel of workspace.channels) channel.members.push(...people.map(({ id }) => id))
})

/** The number of messages drawn at first. More are drawn while one scrolls. */
const DRAWN_AT_ONCE = 60

it('is below 150 kB compressed', async () => {
  const dist = await buildPage()
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const bytes = files.map((entry) => gzipSync(readFileSync(join(entry.parentPath, entry.name))).length)
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000)
})

it('draws a part of 500 messages, all of them as one scrolls, and finds one of 100 people', {
  timeout: 90_000,
}, async () => {
  for (let i = 0; i < 500; i++) {
    await world.post({
      text: `message ${i}`,
      blocks: [
        { type: 'section', text: m(`message ${i} from <@${people[i % 100]?.id}>`) },
        { type: 'section', fields: [m('*One*\nfield'), m('*Two*\nfields')] },
        { type: 'context', elements: [m('in `context`')] },
      ],
    })
  }
  const { page } = world
  const last = page.locator('.message').last().getByText('message 499')
  await last.waitFor()
  await shoot(page, 'many-messages')
  await page.getByRole('link', { name: /^other/ }).click()
  await page.getByRole('heading', { name: 'other' }).waitFor()

  const switched = await timed(async () => {
    await page.getByRole('link', { name: /^general/ }).click()
    await last.waitFor()
  })
  expect(await page.locator('.message').count()).toBe(DRAWN_AT_ONCE)
  const frames = (await page.evaluate(SCROLL)) as number[]
  await page.locator('.message').first().getByText('message 0').waitFor()

  const came = await timed(async () => {
    await world.post({ text: 'one more' })
    await page.locator('.message', { hasText: 'one more' }).waitFor({ state: 'attached' })
  })

  await page.getByRole('button', { name: /^You are/ }).click()
  const found = await timed(async () => {
    await page.getByRole('searchbox', { name: 'Find a person' }).fill('Person 87')
    await page.getByRole('link', { name: /^Person 87 Member/ }).click()
    await page.getByRole('button', { name: 'You are Person 87 Member' }).waitFor()
  })
  // Only printed: on a loaded machine these times say nothing about the page.
  const figures = { switched, frame: median(frames), came, found }
  process.stdout.write(
    `500 messages, in ms: ${JSON.stringify(figures, (_, ms) => (typeof ms === 'number' ? Math.round(ms) : ms))}\n`,
  )
})

/** How long each frame takes, in ms, while one scrolls from the end to the start. */
const SCROLL = `new Promise((done) => {
  const list = document.querySelector('.messages')
  const frames = []
  let last = performance.now()
  const step = () => {
    const now = performance.now()
    frames.push(now - last)
    last = now
    list.scrollTop -= 1200
    if (frames.length < 600 && !list.querySelector('.message').textContent.includes('message 0 ')) requestAnimationFrame(step)
    else done(frames)
  }
  requestAnimationFrame(step)
})`

async function timed(operation: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await operation()
  return performance.now() - start
}

function median(all: number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
}
