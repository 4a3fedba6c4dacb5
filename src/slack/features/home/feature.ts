import { z } from 'zod'
import { openHome } from '../../../usecases/home/publish-home.ts'
import type { ActionListener, EventListener, Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { emptyForm, requestForm } from '../request/form.ts'
import { homeRequestActionId } from './ids.ts'

/** The Home tab. Its rows have the buttons of other features. */
export function homeFeature(parts: FeatureParts): Feature {
  return {
    actions: { [homeRequestActionId]: requestAction(parts) },
    events: { app_home_opened: homeOpenedListener(parts) },
  }
}

/** https://docs.slack.dev/reference/events/app_home_opened */
const homeOpened = z.object({ user: z.string(), tab: z.string() })

function homeOpenedListener({ ports }: Pick<FeatureParts, 'ports'>): EventListener {
  return async ({ event, teamId }) => {
    const { data } = homeOpened.safeParse(event)
    if (data?.tab === 'home') await openHome(ports, { teamId, userId: data.user })
  }
}

function requestAction({ opener }: Pick<FeatureParts, 'opener'>): ActionListener {
  return async ({ triggerId }, reply) => {
    await reply.acknowledge()
    await opener.open(triggerId, requestForm(emptyForm), reply)
  }
}
