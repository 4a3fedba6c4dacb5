import type { Json } from '../json.ts'

/** The options each person was last offered, by element: only those can be picked. */
export class Suggested {
  private readonly options = new Map<string, Json[]>()

  remember(key: string, options: Json[]): void {
    this.options.set(key, options)
  }

  last(key: string): Json[] {
    return this.options.get(key) ?? []
  }
}
