/** One thing that the bot token must be allowed. */
export interface NeededScope {
  readonly scope: string
  /** What Daypass does with it, in words for whoever installs it. */
  readonly reason: string
}

/** All that the bot token must be allowed. The manifest asks for exactly these. */
export const botScopes: readonly NeededScope[] = [
  { scope: 'commands', reason: 'offer /request-access and /audit' },
  { scope: 'chat:write', reason: 'post and edit the cards and the requester’s messages' },
  { scope: 'im:write', reason: 'open direct messages with requesters' },
  { scope: 'channels:read', reason: 'see whether an owners’ channel is shared with other organisations' },
  { scope: 'groups:read', reason: 'see the same of private channels' },
  { scope: 'usergroups:read', reason: 'know who is in the approving user groups' },
  { scope: 'users:read', reason: 'know who is a guest, a stranger, a bot or deactivated' },
  { scope: 'users:read.email', reason: 'recognise one person behind two accounts by the confirmed address' },
]

/** What a token with these scopes lacks. */
export function missingScopes(granted: readonly string[]): NeededScope[] {
  return botScopes.filter(({ scope }) => !granted.includes(scope))
}
