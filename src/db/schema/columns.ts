import { timestamp } from 'drizzle-orm/pg-core'

/** An instant to the millisecond, as JavaScript has it: what was written is what is read, and compares equal. */
export function instant(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
}
