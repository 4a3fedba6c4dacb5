import { z } from 'zod'
import type { SlackDirectory } from '../../api/directory.ts'
import type { EventListener } from '../../edge/listener.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'

const userChange = z.object({
  user: z.object({ id: z.string(), team_id: z.string().optional(), deleted: z.boolean().optional() }),
})

/** Somebody changed: what was known is forgotten. Somebody left: what they hold is taken back. A guest's account ends earlier: so do the leases. */
export function userChangeListener({
  usecases,
  directory,
}: {
  usecases: Pick<SlackUsecases, 'checkAccount' | 'offboardAccount'>
  directory: SlackDirectory
}): EventListener {
  return async ({ event, teamId }) => {
    const { data } = userChange.safeParse(event)
    if (!data) return
    directory.forgetAccount(data.user.id)
    const account = { teamId: data.user.team_id ?? teamId, userId: data.user.id }
    if (data.user.deleted) await usecases.offboardAccount(account)
    else await usecases.checkAccount(account)
  }
}

/** A user group changed: all are asked for anew. */
export function groupChangeListener({ directory }: { directory: SlackDirectory }): EventListener {
  return async () => directory.forgetGroups()
}
