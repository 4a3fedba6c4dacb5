import type { UserSeed } from '../../../types.ts'

const WORDS: Record<UserSeed['role'], string> = {
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
  multi_channel_guest: 'Guest',
  single_channel_guest: 'Single-channel guest',
  stranger: 'Other organisation',
  deactivated: 'Deactivated',
  bot: 'App',
}

export function roleLabel({ role }: UserSeed): string {
  return WORDS[role]
}

/** The label beside a name in messages, for everybody who is not a plain member. */
export function badgeWords(user: UserSeed | undefined): string {
  return user &&
    ['bot', 'multi_channel_guest', 'single_channel_guest', 'stranger', 'deactivated'].includes(user.role)
    ? WORDS[user.role]
    : ''
}
