import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { channelSharedListener } from './channels.ts'
import { groupChangeListener, userChangeListener } from './people.ts'

/** Changes in the workspace: people, user groups, channels. */
export function workspaceEventsFeature(parts: FeatureParts): Feature {
  return {
    events: {
      user_change: userChangeListener(parts),
      subteam_members_changed: groupChangeListener(parts),
      subteam_updated: groupChangeListener(parts),
      channel_shared: channelSharedListener(parts),
      channel_unshared: channelSharedListener(parts),
    },
  }
}
