import type { WorkspaceSeed } from '../sandbox/types.ts'

/** The bot's account in the demo's workspace. */
export const bot = { appId: 'A0DAYPASS', botUserId: 'U0DAYPASS', botId: 'B0DAYPASS' } as const

/** A small company: two employees who own resources, a security lead, a contractor and a guest. */
export const company: WorkspaceSeed = {
  team: { id: 'T0ACME', name: 'Acme', domain: 'acme' },
  users: [
    person('U0DANA', 'dana', 'Dana Ortiz', 'America/New_York', 'admin'),
    person('U0ERIN', 'erin', 'Erin Kowalski', 'Europe/Warsaw', 'member'),
    person('U0SAM', 'sam', 'Sam Okafor', 'Europe/London', 'member'),
    {
      ...person('U0CARLA', 'carla', 'Carla Mendes', 'Europe/Lisbon', 'multi_channel_guest'),
      email: 'carla@mendes-consulting.example',
      guestExpiresAt: inDays(6),
      guestInvitedBy: 'U0ERIN',
    },
    {
      ...person('U0GUS', 'gus', 'Gus Brandt', 'Europe/Berlin', 'multi_channel_guest'),
      email: 'gus@brandt-audit.example',
      guestExpiresAt: inDays(60),
      guestInvitedBy: 'U0DANA',
    },
  ],
  channels: [
    { id: 'C0GENERAL', name: 'general', members: everyone() },
    { id: 'C0ORDERS', name: 'orders-owners', members: ['U0DANA', 'U0ERIN', 'U0SAM', bot.botUserId] },
    { id: 'C0CARDS', name: 'cards-owners', isPrivate: true, members: ['U0DANA', 'U0ERIN', bot.botUserId] },
    { id: 'C0SECURITY', name: 'security', isPrivate: true, members: ['U0SAM', bot.botUserId] },
  ],
  usergroups: [
    { id: 'S0DBAS', handle: 'dbas', name: 'Database administrators', users: ['U0DANA'] },
    { id: 'S0SECURITY', handle: 'security', name: 'Security leads', users: ['U0SAM'] },
  ],
}

type User = WorkspaceSeed['users'][number]

function person(id: string, name: string, realName: string, tz: string, role: User['role']): User {
  return { id, name, realName, email: `${name}@acme.example`, tz, role }
}

function everyone(): string[] {
  return ['U0DANA', 'U0ERIN', 'U0SAM', 'U0CARLA', 'U0GUS', bot.botUserId]
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString()
}
