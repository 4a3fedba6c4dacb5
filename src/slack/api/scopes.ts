/** A scope that the bot token needs. */
export interface NeededScope {
  readonly scope: string
  /** The use of the scope, for the person who installs Daypass. */
  readonly reason: string
}

/** All scopes of the bot token. The manifest asks for exactly these: https://docs.slack.dev/reference/scopes */
export const botScopes: readonly NeededScope[] = [
  { scope: 'commands', reason: 'offer /request-access, /contractors and /audit' },
  { scope: 'chat:write', reason: 'post and edit the cards and the requester’s messages' },
  { scope: 'files:write', reason: 'share the charts and files of reports' },
  { scope: 'im:write', reason: 'open direct messages with requesters' },
  { scope: 'channels:read', reason: 'see whether an owners’ channel is shared with other organisations' },
  { scope: 'groups:read', reason: 'see the same of private channels' },
  { scope: 'usergroups:read', reason: 'know who is in the approving user groups' },
  { scope: 'users:read', reason: 'know who is a guest, a stranger, a bot or deactivated' },
  { scope: 'users:read.email', reason: 'recognise one person behind two accounts by the confirmed address' },
]

/** The needed scopes that are not granted. */
export function missingScopes(granted: readonly string[]): NeededScope[] {
  return botScopes.filter(({ scope }) => !granted.includes(scope))
}
