import type { AppSeed, SandboxOptions, WorkspaceSeed } from './types.ts'

/** A small workspace with a person of each role. */
export const exampleWorkspace: WorkspaceSeed = {
  team: { id: 'T0ACME', name: 'Acme', domain: 'acme' },
  users: [
    {
      id: 'U0OLGA',
      name: 'olga',
      realName: 'Olga Owner',
      email: 'olga@acme.test',
      tz: 'Europe/Berlin',
      role: 'owner',
    },
    {
      id: 'U0DANA',
      name: 'dana',
      realName: 'Dana Member',
      email: 'dana@acme.test',
      tz: 'America/New_York',
      role: 'member',
    },
    {
      id: 'U0MAX',
      name: 'max',
      realName: 'Max Member',
      email: 'max@acme.test',
      tz: 'Asia/Kolkata',
      role: 'member',
    },
    {
      id: 'U0GINA',
      name: 'gina',
      realName: 'Gina Guest',
      email: 'gina@contractor.test',
      tz: 'Europe/Lisbon',
      role: 'multi_channel_guest',
      guestExpiresAt: '2031-01-01T00:00:00Z',
      guestInvitedBy: 'U0DANA',
    },
    { id: 'U0SOLO', name: 'solo', realName: 'Solo Guest', tz: 'Europe/Lisbon', role: 'single_channel_guest' },
    { id: 'U0STRA', name: 'stra', realName: 'Stra Nger', tz: 'Europe/Paris', role: 'stranger' },
    { id: 'U0GONE', name: 'gone', realName: 'Gone Person', tz: 'Europe/Paris', role: 'deactivated' },
  ],
  channels: [
    {
      id: 'C0GENERAL',
      name: 'general',
      members: ['U0OLGA', 'U0DANA', 'U0MAX', 'U0GINA', 'U0SOLO', 'U0STRA', 'U0BOT'],
    },
    { id: 'C0OTHER', name: 'other', members: ['U0DANA'] },
    { id: 'C0SECRET', name: 'secret', isPrivate: true, members: ['U0OLGA', 'U0DANA', 'U0BOT'] },
    { id: 'C0HIDDEN', name: 'hidden', isPrivate: true, members: ['U0OLGA'] },
    { id: 'C0OLD', name: 'old', isArchived: true, members: ['U0DANA', 'U0BOT'] },
  ],
  usergroups: [{ id: 'S0DBAS', handle: 'dbas', name: 'Database people', users: ['U0DANA', 'U0OLGA'] }],
}

export const exampleApp: AppSeed = {
  appId: 'A0APP',
  name: 'Test App',
  botUserId: 'U0BOT',
  botId: 'B0BOT',
  botToken: 'xoxb-sandbox',
  appToken: 'xapp-sandbox',
  signingSecret: 'sandbox-signing-secret',
  scopes: [
    'app_mentions:read',
    'channels:history',
    'channels:join',
    'channels:manage',
    'channels:read',
    'chat:write',
    'commands',
    'files:read',
    'files:write',
    'groups:history',
    'groups:read',
    'groups:write',
    'im:history',
    'im:read',
    'im:write',
    'reactions:write',
    'team:read',
    'usergroups:read',
    'usergroups:write',
    'users:read',
    'users:read.email',
  ],
  commands: [{ command: '/hello' }, { command: '/escaped', shouldEscape: true }],
  shortcuts: [
    { callbackId: 'ask', type: 'global', name: 'Ask', description: 'Asks for something' },
    { callbackId: 'file', type: 'message', name: 'File this', description: 'Files a message' },
  ],
  events: [
    'app_home_opened',
    'app_mention',
    'message.im',
    'subteam_members_changed',
    'team_join',
    'user_change',
    'member_joined_channel',
    'member_left_channel',
  ],
}

/** Options for a sandbox with the example workspace and app. */
export function exampleWith(app: Partial<AppSeed> = {}): SandboxOptions {
  return { workspace: structuredClone(exampleWorkspace), apps: [{ ...structuredClone(exampleApp), ...app }] }
}
