import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KnownBlock } from '@slack/types'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { startDaypassProcess } from '../../fixtures/daypass-process.ts'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { importCompanyPeople } from '../../fixtures/people.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { Actor } from '../../sandbox/client.ts'
import { readConfig } from '../../src/config.ts'
import type { Credentials } from '../../src/domain/connector.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../../src/slack/features/my-access/ids.ts'
import { freshDatabase } from '../_database.ts'
import { skipLoudly } from '../_redis.ts'
import type { ConnectorWorld, SystemInCatalog } from '../contract/connector-world.ts'
import { ask, cardOf, directMessage, textOf } from './_daypass.ts'
import { systems } from './_systems.ts'

vi.setConfig({ testTimeout: 150_000 })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-systems-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const known = systems.map((system) => ({
  ...system,
  isMissing: skipLoudly(`the whole request for ${system.kind}`, system.missing),
}))
/** One process has one set of keys for AWS. */
const apart = known.filter(({ ownKeys }) => ownKeys)
const together = known.filter(({ ownKeys }) => !ownKeys)

for (const [name, chosen] of [
  ['systems of one catalog', together],
  ...apart.map((system) => [system.kind, [system]] as const),
] as const) {
  describe.skipIf(chosen.every(({ isMissing }) => isMissing))(`access to ${name}`, () => {
    const here = chosen.filter(({ isMissing }) => !isMissing)
    const started = new Map<string, ConnectorWorld>()
    let world: World
    beforeAll(async () => {
      await Promise.all(here.map(async ({ kind, start }) => started.set(kind, await start())))
      const catalog = join(folder, `${name}.yml`)
      await writeFile(catalog, stringify(catalogOf([...started.values()].map(placeOf))))
      world = await startDaypass(catalog)
    })
    afterAll(async () => {
      const violations = await world?.client.traffic().then((traffic) => traffic.violations)
      await world?.close()
      await Promise.all([...started.values()].map((system) => system.close()))
      expect(violations).toEqual([])
    })

    // One person looks at one window at a time. Then all leases run, and end, side by side.
    let former: Promise<unknown> = Promise.resolve()
    const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
      const result = former.then(work)
      former = result.catch(() => {})
      return result
    }

    it.concurrent.each(here)(
      '$kind: requested, approved, used, ended, removed and recorded',
      async ({ kind, told }) => {
        const system = started.get(kind)
        if (!system) throw new Error(`${kind} was not started`)
        const [carla, erin] = [world.as('carla'), world.as('erin')]
        const { resource, entitlement, login } = placeOf(system)
        if (login) await confirmLogin(world, login)
        const before = await system.rawState()

        const { reference, credentials, session } = await oneByOne(async () => {
          const line = `${resource} ${entitlement} for 12s because Checking the refunds of INC-42`
          const reference = await ask(world, line)
          await erin.press(decideActionIds.approve)
          const active = await world.client.waitFor(
            () => directMessage(carla, new RegExp(`you have .*The entitlement of ${resource}`)),
            { timeoutMs: 20_000, what: `the news of access to ${resource}` },
          )
          const present = await system.rawState()
          expect(present.length).toBeGreaterThan(before.length)
          if (!JSON.stringify(active.blocks).includes(myAccessActionIds.credentials))
            return { reference, credentials: null, session: null }
          const credentials = await shownTo(carla, world)
          expect(await system.accepts(credentials)).toBe(true)
          return { reference, credentials, session: await system.enter?.(credentials) }
        })
        if (session) expect(await session.alive()).toBe(true)

        await world.client.waitFor(
          () => directMessage(carla, new RegExp(`^(?=[^]*${reference})[^]*${told.source}`)),
          {
            timeoutMs: 40_000,
            what: `the news of the end of ${reference}, ${resource}`,
          },
        )
        if (session) expect(await session.alive()).toBe(false)
        if (credentials) expect(await system.accepts(credentials)).toBe(false)
        expect(await system.rawState()).toEqual(before)
        await session?.close()

        await world.client.waitFor(async () => /Ended/.test(textOf(await cardOf(erin, reference))), {
          timeoutMs: 15_000,
          what: 'the card of the end',
        })
        const { response } = await world.as('sam').command('/audit', reference, { channel: 'C0SECURITY' })
        const history = textOf(response as never)
        for (const words of ['request submitted', 'decision recorded', 'grant activated', 'grant ended'])
          expect(history).toContain(words)
      },
    )
  })
}

function placeOf({ inCatalog }: ConnectorWorld): SystemInCatalog {
  if (!inCatalog) throw new Error('a system is not described for a catalog')
  return inCatalog
}

function catalogOf(places: readonly SystemInCatalog[]): object {
  const resources = places.map(({ resource, entitlement, connector, content }) => [
    resource,
    {
      name: `The system ${resource}`,
      environment: 'production',
      owners: { channel: 'C0ORDERS', approvers: ['U0DANA', 'U0ERIN'] },
      connector,
      entitlements: {
        [entitlement]: {
          name: `The entitlement of ${resource}`,
          risk: 'low',
          maxDuration: '8h',
          approvals: 1,
          ...content,
        },
      },
    },
  ])
  if (new Set(places.map(({ resource }) => resource)).size < places.length)
    throw new Error('two systems have one id')
  return {
    version: 1,
    security: { channel: 'C0SECURITY', leads: ['S0SECURITY'] },
    defaults: { requestTimeout: '8h' },
    resources: Object.fromEntries(resources),
  }
}

/** A process of its own, as in production: Node loads libraries in another way than the process of these tests. */
async function startDaypass(catalog: string) {
  const place = await freshDatabase()
  const slack = await startLocalSlack()
  const variables = {
    ...slackEnvironment(slack),
    DATABASE_URL: place.url,
    DAYPASS_CATALOG: catalog,
    DAYPASS_POLICIES: 'policies',
    LOG_LEVEL: 'warn',
  }
  await importCompanyPeople(readConfig(variables))
  const daypass = await startDaypassProcess(variables, `${catalog}.log`)
  slack.setRequestUrl(slackApp.appId, `${daypass.url}/slack/events`)
  const database = postgres(place.url, { max: 2, onnotice: () => {} })
  return {
    client: slack.client,
    as: (name: 'dana' | 'erin' | 'sam' | 'carla' | 'gus') => slack.client.as(`U0${name.toUpperCase()}`),
    database,
    close: async () => {
      await daypass.stop()
      await slack.close()
      await database.end()
      await place.drop()
    },
  }
}
type World = Awaited<ReturnType<typeof startDaypass>>

/** As Erin, the sponsor, would confirm it. */
async function confirmLogin(
  { database }: Pick<World, 'database'>,
  login: { system: string; name: string },
): Promise<void> {
  await database`
    insert into identities (person_id, system, login, confirmed_by_id, confirmed_at)
    select carla.person_id, ${login.system}, ${login.name}, erin.id, now()
    from accounts carla, accounts erin where carla.user_id = 'U0CARLA' and erin.user_id = 'U0ERIN'`
}

/** What the window shows, read as the person would. */
async function shownTo(person: Actor, world: World): Promise<Credentials> {
  await person.press(myAccessActionIds.credentials)
  const fields = await world.client.waitFor(
    async () => {
      const blocks = (await person.view())?.blocks ?? []
      const found = (blocks as readonly KnownBlock[]).flatMap((block) => {
        if (block.type !== 'rich_text') return []
        const [label = '', value = ''] = block.elements.map(({ elements }) =>
          elements.map((part) => ('text' in part ? part.text : '')).join(''),
        )
        return [{ label, value }]
      })
      return found.length > 0 ? found : null
    },
    { timeoutMs: 15_000, what: 'the credentials' },
  )
  await person.closeView()
  return { fields: fields ?? [], commands: [], expiresAt: new Date() }
}
