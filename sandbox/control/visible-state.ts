import type { Core } from '../core.ts'
import { visibleView } from '../interactions/view-stack.ts'
import { visibleMessages } from '../interactions/visible.ts'
import { compact } from '../json.ts'
import type { TrafficEntry } from '../types.ts'
import type { PageWorkspace, TrafficSummary, VisibleState } from './stream-types.ts'

const MOST_TRAFFIC = 500

/** Everything that a person's window shows. */
export function visibleStateOf(core: Core, userId: string): VisibleState {
  const workspace = workspaceOf(core, userId)
  const { entries, violations } = core.traffic.all()
  const homes = workspace.apps.flatMap(({ appId }) => {
    const view = core.views.home(userId, appId)
    return view ? [[appId, visibleView(view)] as const] : []
  })
  return {
    workspace,
    messages: workspace.channels.flatMap(({ id }) => visibleMessages(core, userId, id)),
    views: core.views.stack(userId).map(visibleView),
    homes: Object.fromEntries(homes),
    traffic: entries.slice(-MOST_TRAFFIC).map(summary),
    violations: violations.filter(({ entryId }) => entryId === undefined),
  }
}

function workspaceOf({ workspace }: Core, userId: string): PageWorkspace {
  const { team, users, channels, usergroups, apps } = workspace
  return {
    team,
    users: [...users.values()],
    channels: [...channels.values()].filter(({ members }) => members.includes(userId)),
    usergroups: [...usergroups.values()],
    apps: [...apps.values()].map(
      ({ appId, name, botUserId, botId, commands, shortcuts, homeTab, messagesTab }) => ({
        appId,
        name,
        botUserId,
        botId,
        commands,
        shortcuts: shortcuts ?? [],
        homeTab: homeTab !== false,
        messagesTab: messagesTab !== false,
      }),
    ),
  }
}

function summary(entry: TrafficEntry): TrafficSummary {
  const { id, at, direction, transport, name, durationMs, error, retry, violations, response } = entry
  const all = { id, at, direction, transport, name, durationMs, error, retry, violations }
  return compact({ ...all, status: response?.status }) as unknown as TrafficSummary
}
