import type { WebClient } from '@slack/web-api'

/** A file for people in Slack. Its content is not in any log. */
export interface SlackFile {
  /** With its ending, which tells Slack what it is. */
  readonly name: string
  readonly title: string
  readonly content: Buffer
  /** Says in words what an image shows. At most 1,000 characters: https://docs.slack.dev/reference/methods/files.getUploadURLExternal */
  readonly altText?: string
}

export interface SharedFiles {
  readonly files: readonly SlackFile[]
  /** The text of the message, in mrkdwn. */
  readonly comment: string
}

export interface Files {
  /** Shares files as one message in a channel, where the bot must be a member. Throws Slack's error; a repeated call posts again. */
  share(channelId: string, shared: SharedFiles): Promise<void>
  /** Shares files as one direct message. Throws Slack's error; a repeated call posts again. */
  shareWithPerson(userId: string, shared: SharedFiles): Promise<void>
}

const longestAltText = 1_000

/**
 * Uploads in three steps: https://docs.slack.dev/messaging/working-with-files/#uploading_files
 * The client's own `filesUploadV2` gives images no alternative text, and sends the token with the content.
 */
export function createFiles({ client, fetch }: { client: WebClient; fetch: typeof globalThis.fetch }): Files {
  const upload = async ({ name, title, content, altText }: SlackFile) => {
    const { upload_url, file_id } = await client.files.getUploadURLExternal({
      filename: name,
      length: content.length,
      ...(altText === undefined ? {} : { alt_txt: altText.slice(0, longestAltText) }),
    })
    if (!upload_url || !file_id) throw new Error('files.getUploadURLExternal returned no address')
    const { ok, status } = await fetch(upload_url, { method: 'POST', body: new Uint8Array(content) })
    if (!ok) throw new Error(`Slack refused the content of a file: HTTP ${status}`)
    return { id: file_id, title }
  }
  const share: Files['share'] = async (channelId, { files, comment }) => {
    const [first, ...others] = await Promise.all(files.map(upload))
    if (!first) throw new Error('no file to share')
    await client.files.completeUploadExternal({
      channel_id: channelId,
      files: [first, ...others],
      initial_comment: comment,
    })
  }
  return {
    share,
    async shareWithPerson(userId, shared) {
      // A user id is no channel here: https://docs.slack.dev/reference/methods/files.completeUploadExternal
      const { channel } = await client.conversations.open({ users: userId })
      if (!channel?.id) throw new Error('conversations.open returned no channel')
      await share(channel.id, shared)
    },
  }
}
