/** What the bot token must be allowed, and what for. The manifest asks for exactly these. */
export const botScopes: Readonly<Record<string, string>> = {
  'chat:write': 'post and edit the cards and the requester’s messages',
  commands: 'offer /request-access and /audit',
  'im:write': 'open direct messages with requesters',
  'channels:read': 'see whether an owners’ channel is shared with other organisations',
  'groups:read': 'the same for private channels',
  'usergroups:read': 'know who is in the approving user groups',
  'users:read': 'know who is a guest, a stranger, a bot or deactivated',
  'users:read.email': 'know one person behind two accounts by the confirmed address',
}
