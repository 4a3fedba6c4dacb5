import type { Json } from '../json.ts'

/** The options that each person was offered last, by element. Only these can be picked. */
export class Suggested {
  private readonly options = new Map<string, Json[]>()

  remember(key: string, options: Json[]): void {
    this.options.set(key, options)
  }

  last(key: string): Json[] {
    return this.options.get(key) ?? []
  }
}
