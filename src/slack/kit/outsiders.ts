/** The reason not to post in this channel, or null. When Slack does not answer, nothing is posted. */
export async function objectionToPosting(
  channels: { isExternallyShared(channelId: string): Promise<boolean> },
  channelId: string,
): Promise<string | null> {
  try {
    const shared = await channels.isExternallyShared(channelId)
    return shared ? 'People of another organisation read this channel, so I do not share it here.' : null
  } catch {
    return 'I cannot see who reads this channel, so I do not share it here. Invite me first: `/invite @Daypass`.'
  }
}
