import { createHash } from 'node:crypto'
import { subMinutes } from 'date-fns/subMinutes'
import { subSeconds } from 'date-fns/subSeconds'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, freshEnoughToShow } from '../_shared/person.ts'
import { type HomePorts as ReadPorts, readHome } from './_home/read-home.ts'

export type HomePorts = ReadPorts & Pick<Ports, 'messenger'>

/** Nobody is presumed to look at a tab longer than this. Slack tells when it is opened again. */
const lookedAtMinutes = 60
/** Longer than the time limit of a call to Slack. After it, another process may publish the tab. */
const holdSeconds = 20
/** A transaction may commit an event some seconds after the time that the event names. */
const overlapSeconds = 5

/** This person opened the Home tab: publishes it now. Throws `DirectoryUnavailable` and `MessengerError`. */
export async function openHome(ports: HomePorts, by: AccountKey): Promise<void> {
  const { store, clock, directory } = ports
  const account = await directory.account(by.userId, freshEnoughToShow)
  if (!account) return
  const { id } = await store.transaction((tx) => tx.accounts.upsert(account))
  await store.homes.opened(id, clock.now())
  await publishNext(ports, id)
}

/**
 * Publishes the tabs that changed since `since`, while somebody may be looking at them. Slack takes at least 100 calls of
 * `views.publish` a minute (tier 4, https://docs.slack.dev/apis/web-api/rate-limits), so `most` are published in one pass and the
 * others wait for the next. Resolves with the time from which the next pass has to look.
 */
export async function refreshHomes(ports: HomePorts, since: Date | null, most: number): Promise<Date> {
  const now = ports.clock.now()
  const openedSince = subMinutes(now, lookedAtMinutes)
  await ports.store.homes.markConcerned({ since: since ?? openedSince, openedSince, now })
  let published = 0
  while (published < most) {
    const outcome = await publishNext(ports, null)
    if (outcome === 'none') break
    if (outcome === 'published') published += 1
  }
  return subSeconds(now, overlapSeconds)
}

/** A failure leaves the tab out of date. It is tried again when the hold is over. */
async function publishNext(
  ports: HomePorts,
  accountId: string | null,
): Promise<'none' | 'published' | 'unchanged'> {
  const { store, clock, messenger } = ports
  const now = clock.now()
  const openedSince = subMinutes(now, lookedAtMinutes)
  const held = await store.homes.hold({ openedSince, accountId, now, holdSeconds })
  if (!held) return 'none'
  const { home, resourceIds } = await readHome(ports, held.account)
  const contentHash = hashOf(home)
  const isSame = held.contentHash === contentHash
  if (!isSame) await messenger.publishHome(home)
  await store.homes.published(held, { resourceIds, contentHash })
  return isSame ? 'unchanged' : 'published'
}

function hashOf(home: unknown): string {
  return createHash('sha256').update(JSON.stringify(home)).digest('base64url')
}
