import { z } from 'zod'
import { checkAccount } from '../../../usecases/people/check-accounts.ts'
import { offboardAccount } from '../../../usecases/people/offboard-account.ts'
import type { EventListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'

const userChange = z.object({
  user: z.object({ id: z.string(), team_id: z.string().optional(), deleted: z.boolean().optional() }),
})

/**
 * An account changed. Drops the remembered account. For a deactivated account, revokes its access. For a guest whose account
 * ends earlier, shortens the leases.
 */
export function userChangeListener({
  ports,
  directory,
}: Pick<FeatureParts, 'ports' | 'directory'>): EventListener {
  return async ({ event, teamId }) => {
    const { data } = userChange.safeParse(event)
    if (!data) return
    directory.forgetAccount(data.user.id)
    const account = { teamId: data.user.team_id ?? teamId, userId: data.user.id }
    if (data.user.deleted) await offboardAccount(ports, account)
    else await checkAccount(ports, account)
  }
}

/** A user group changed. Drops all remembered groups. */
export function groupChangeListener({ directory }: Pick<FeatureParts, 'directory'>): EventListener {
  return async () => directory.forgetGroups()
}
