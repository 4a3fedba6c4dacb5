import type { Directory } from '../../src/domain/directory.ts'
import { slack } from './people.ts'

/** Knows everybody, at once. */
export const knowsEverybody: Directory = {
  account: async (userId) => ({
    teamId: slack.teamId,
    userId,
    displayName: userId,
    confirmedEmail: null,
    timeZone: 'Europe/Lisbon',
    isDeactivated: false,
    isBot: false,
    isGuest: false,
    isStranger: false,
    guestExpiresAt: null,
    fetchedAt: new Date(),
  }),
  groupMembers: async () => new Set(),
}
