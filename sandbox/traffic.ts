import type { TrafficEntry, Violation } from './types.ts'

const KEPT = 5000

/** All requests and answers, with the violations in them. */
export class Traffic {
  private readonly entries: TrafficEntry[] = []
  private readonly violations: Violation[] = []
  private count = 0
  private readonly log: ((entry: TrafficEntry) => void) | undefined
  /** Called after each change of what is recorded. */
  onChange: () => void = () => {}

  constructor(log?: (entry: TrafficEntry) => void) {
    this.log = log
  }

  begin(start: Omit<TrafficEntry, 'id' | 'at' | 'violations'>): TrafficEntry {
    const entry: TrafficEntry = {
      ...start,
      id: `T${++this.count}`,
      at: new Date().toISOString(),
      violations: [],
    }
    this.entries.push(entry)
    if (this.entries.length > KEPT) this.entries.splice(0, this.entries.length - KEPT)
    this.onChange()
    return entry
  }

  /** Says that an entry is complete. */
  end(entry: TrafficEntry): void {
    this.log?.(entry)
    this.onChange()
  }

  violate(kind: string, detail: string, entry?: TrafficEntry): void {
    const violation: Violation = {
      id: `V${++this.count}`,
      at: new Date().toISOString(),
      kind,
      detail,
      ...(entry ? { entryId: entry.id } : {}),
    }
    this.violations.push(violation)
    entry?.violations.push(violation)
    this.onChange()
  }

  find(id: string): TrafficEntry | undefined {
    return this.entries.find((e) => e.id === id)
  }

  all(): { entries: TrafficEntry[]; violations: Violation[] } {
    return { entries: this.entries, violations: this.violations }
  }

  clear(): void {
    this.entries.length = 0
    this.violations.length = 0
    this.onChange()
  }
}
