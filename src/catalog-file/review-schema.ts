import { z } from 'zod'
import { undecidedRules } from '../domain/campaign.ts'
import { duration, line } from './values.ts'

/** The kinds of items of a review, as the catalog writes them. */
export const reviewedThings = ['leases', 'preApprovals', 'engagements', 'standing'] as const

/** An access review. */
export const reviewSchema = z.strictObject({
  name: line(75).describe('What people read in Slack'),
  every: z
    .union([z.enum(['month', 'quarter', 'year']), duration])
    .optional()
    .describe('How often it begins: 90d, or month, quarter or year. Absent: when a security lead starts it'),
  resources: z.array(z.string()).min(1).optional().describe('The resources that it is about. Absent: all'),
  of: z
    .array(z.enum(reviewedThings))
    .min(1)
    .optional()
    .describe('What is looked at. Absent: everything; engagements only where no resources are named'),
  leasesLongerThan: duration.prefault('1d').describe('Shorter leases end before anybody looks'),
  deadline: duration.prefault('14d').describe('How long people have to decide'),
  reminders: z
    .array(duration)
    .max(10)
    .prefault(['7d', '2d', '1d'])
    .describe('Times before the deadline at which people are reminded'),
  undecided: z
    .enum(undecidedRules)
    .describe('What nothing decided means: it is kept, it ends, or the security leads get more time'),
})
export type ReviewInFile = z.output<typeof reviewSchema>
