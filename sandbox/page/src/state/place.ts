import { effect, signal } from '@preact/signals'
import { channels, workspace } from './store.ts'

export type Place =
  | { kind: 'channel'; id: string }
  | { kind: 'app'; appId: string; tab: 'home' | 'about' }
  | { kind: 'nowhere' }

const query = new URLSearchParams(location.search)

/** The person of this window. */
export const me = signal(query.get('as') ?? '')
export const place = signal<Place>(placeOf(query))
/** The `ts` of the thread that is open beside the channel. */
export const thread = signal<string | null>(query.get('thread'))
/** Where the list of channels is a drawer: whether it is open. */
export const drawer = signal(false)

/** Goes to a place and sets its address. */
export function go(to: Place, threadTs: string | null = null): void {
  place.value = to
  thread.value = threadTs
  drawer.value = false
  history.pushState(null, '', addressOf(me.value, to, threadTs))
}

export function openThread(ts: string | null): void {
  go(place.value, ts)
}

export function become(userId: string): void {
  me.value = userId
  const there = place.value
  const stays = there.kind === 'app' || (there.kind === 'channel' && mayStay(there.id, userId))
  go(stays ? there : { kind: 'nowhere' })
}

export function addressOf(as: string, to: Place, threadTs: string | null = null): string {
  const params = new URLSearchParams({ as })
  if (to.kind === 'channel') params.set('channel', to.id)
  if (to.kind === 'app') {
    params.set('app', to.appId)
    params.set('tab', to.tab)
  }
  if (threadTs) params.set('thread', threadTs)
  return `/?${params}`
}

/** Follows the browser's back and forward. Chooses a place where the address names none. */
export function settle(): void {
  addEventListener('popstate', () => {
    const now = new URLSearchParams(location.search)
    me.value = now.get('as') ?? me.value
    place.value = placeOf(now)
    thread.value = now.get('thread')
  })
  effect(() => {
    const people = workspace.value?.users.filter(({ role }) => role !== 'bot' && role !== 'deactivated') ?? []
    const [first] = people
    if (first && !people.some(({ id }) => id === me.value)) me.value = first.id
  })
  effect(() => {
    const [first] = channels.value.filter(({ isArchived }) => !isArchived)
    if (place.value.kind === 'nowhere' && first?.members.includes(me.value)) {
      place.value = { kind: 'channel', id: first.id }
    }
  })
}

function placeOf(params: URLSearchParams): Place {
  const app = params.get('app')
  if (app) return { kind: 'app', appId: app, tab: params.get('tab') === 'about' ? 'about' : 'home' }
  const channel = params.get('channel')
  return channel ? { kind: 'channel', id: channel } : { kind: 'nowhere' }
}

function mayStay(channel: string, userId: string): boolean {
  return channels.value.find(({ id }) => id === channel)?.members.includes(userId) === true
}
