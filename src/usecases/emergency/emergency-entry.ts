import { z } from 'zod'

/** One line of the file that an emergency revocation writes, to be put on record when the database is back. */
export const emergencyEntry = z.object({
  id: z.uuid(),
  /** ISO time, by the clock of the machine on which it was done. */
  at: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
  resourceId: z.string(),
  grantId: z.string(),
  /** The access, as the target showed it. */
  detail: z.string(),
  removed: z.boolean(),
  /** The read-back, or the failure. */
  said: z.string(),
})
export type EmergencyEntry = z.infer<typeof emergencyEntry>
