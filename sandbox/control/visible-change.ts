import type { VisibleChange, VisibleState } from './stream-types.ts'

/** Remembers the state that one window was sent, and computes the difference. Compares JSON, since objects are changed in place. */
export class SentState {
  private first = true
  private readonly whole = new Map<string, string>()
  private messages = new Map<string, string>()
  private traffic = new Map<string, string>()

  /** The change since the last call; undefined where there is none. */
  next(state: VisibleState): VisibleChange | undefined {
    const change: VisibleChange = {}
    if (this.differs('workspace', state.workspace)) change.workspace = state.workspace
    if (this.differs('views', state.views)) change.views = state.views
    if (this.differs('homes', state.homes)) change.homes = state.homes
    if (this.differs('violations', state.violations)) change.violations = state.violations

    const messages = compare(this.messages, state.messages, ({ channel, ts }) => `${channel} ${ts}`)
    this.messages = messages.known
    if (messages.changed.length + messages.gone.length > 0) {
      change.messages = { changed: messages.changed, gone: messages.gone.map(place) }
    }
    const traffic = compare(this.traffic, state.traffic, ({ id }) => id)
    this.traffic = traffic.known
    if (traffic.changed.length + traffic.gone.length > 0) {
      change.traffic = { changed: traffic.changed, gone: traffic.gone }
    }
    if (this.first) change.reset = true
    this.first = false
    return Object.keys(change).length > 0 ? change : undefined
  }

  private differs(name: string, value: unknown): boolean {
    const json = JSON.stringify(value)
    if (this.whole.get(name) === json) return false
    this.whole.set(name, json)
    return true
  }
}

function compare<T>(before: Map<string, string>, now: T[], keyOf: (item: T) => string) {
  const known = new Map<string, string>()
  const changed: T[] = []
  for (const item of now) {
    const key = keyOf(item)
    const json = JSON.stringify(item)
    known.set(key, json)
    if (before.get(key) !== json) changed.push(item)
  }
  const gone = [...before.keys()].filter((key) => !known.has(key))
  return { known, changed, gone }
}

function place(key: string): { channel: string; ts: string } {
  const [channel = '', ts = ''] = key.split(' ')
  return { channel, ts }
}
