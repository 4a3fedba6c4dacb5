import { z } from 'zod'
import type { SlackAccount } from '../../domain/account.ts'

/** A user in Slack's answers. */
export const userAnswer = z.object({
  id: z.string(),
  team_id: z.string().optional(),
  name: z.string().optional(),
  real_name: z.string().optional(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_workflow_bot: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
  is_email_confirmed: z.boolean().optional(),
  tz: z.string().nullish(),
  enterprise_user: z.object({ teams: z.array(z.string()).optional() }).optional(),
  profile: z
    .object({
      display_name: z.string().optional(),
      real_name: z.string().optional(),
      email: z.string().nullish(),
      guest_expiration_ts: z.number().nullish(),
    })
    .optional(),
})

export function accountFrom(user: z.infer<typeof userAnswer>, teamId: string, fetchedAt: Date): SlackAccount {
  const { profile } = user
  const isOurs = user.team_id === teamId || (user.enterprise_user?.teams ?? []).includes(teamId)
  const expires = profile?.guest_expiration_ts
  return {
    teamId: isOurs ? teamId : (user.team_id ?? 'unknown'),
    userId: user.id,
    displayName: profile?.real_name || user.real_name || profile?.display_name || user.name || user.id,
    confirmedEmail: user.is_email_confirmed === true && profile?.email ? profile.email.toLowerCase() : null,
    timeZone: user.tz ?? null,
    isDeactivated: user.deleted === true,
    isBot: user.is_bot === true || user.is_workflow_bot === true,
    isGuest: user.is_restricted === true || user.is_ultra_restricted === true,
    isStranger: user.is_stranger === true || !isOurs,
    guestExpiresAt: expires ? new Date(expires * 1000) : null,
    fetchedAt,
  }
}
