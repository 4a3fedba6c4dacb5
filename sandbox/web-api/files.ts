import { randomUUID } from 'node:crypto'
import { asArray, asObject, asString } from '../json.ts'
import { makeId, type StoredFile } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel } from './channel-access.ts'
import { invalidArguments, SlackError } from './errors.ts'
import { fileJson } from './render.ts'

const getUploadUrl: Handler = (call) => {
  const { workspace } = call.core
  if (!workspace.settings.file_uploads) throw new SlackError('file_uploads_disabled')
  const length = call.number('length', Number.NaN)
  if (!Number.isInteger(length) || length <= 0)
    throw invalidArguments('must provide a number [json-pointer:/length]')
  if (call.text('alt_txt').length > 1000) throw new SlackError('alt_txt_too_large')
  const file: StoredFile = {
    id: makeId('F'),
    name: call.text('filename'),
    title: call.text('filename'),
    ...(call.text('alt_txt') ? { altText: call.text('alt_txt') } : {}),
    appId: call.app.appId,
    length,
    uploadToken: randomUUID(),
    completed: false,
  }
  workspace.files.set(file.id, file)
  return { upload_url: `${call.core.url}/upload/v1/${file.uploadToken}`, file_id: file.id }
}

const completeUpload: Handler = (call) => {
  const { workspace } = call.core
  const wanted = asArray(call.json('files')).map(asObject)
  if (wanted.length === 0) throw invalidArguments('must provide an array [json-pointer:/files]')
  const files = wanted.map((f) => uploaded(call, asString(f.id)))
  const channelId = call.text('channel_id') || call.list('channels')[0] || ''
  if (channelId)
    share(
      call,
      channelId,
      files,
      wanted.map((f) => asString(f.title)),
    )
  for (const file of files) file.completed = true
  return { files: files.map((f) => fileJson(workspace, f, call.core.url)) }
}

function uploaded(call: Call, id: string): StoredFile {
  const file = call.core.workspace.files.get(id)
  if (!file || file.appId !== call.app.appId || file.completed || !file.content)
    throw new SlackError('file_not_found')
  return file
}

function share(call: Call, channelId: string, files: StoredFile[], titles: string[]): void {
  // Unlike chat.postMessage, a user id is no channel here.
  const channel = knownChannel(call, channelId)
  if (!call.isMember(channel)) throw new SlackError('not_in_channel')
  files.forEach((file, i) => {
    file.channel = channel.id
    file.title = titles[i] || file.title
  })
  const parent = call.has('thread_ts')
    ? call.core.workspace.findMessage(channel.id, call.text('thread_ts'))
    : undefined
  const message = call.core.workspace.addMessage({
    channel: channel.id,
    userId: call.app.botUserId,
    botId: call.app.botId,
    appId: call.app.appId,
    text: call.text('initial_comment'),
    blocks: [],
    files,
    ...(parent ? { threadTs: parent.threadTs ?? parent.ts } : {}),
  })
  call.core.events.messagePosted(message)
}

const info: Handler = (call) => {
  const file = call.core.workspace.files.get(call.text('file'))
  if (!file?.completed) throw new SlackError('file_not_found')
  return {
    file: fileJson(call.core.workspace, file, call.core.url),
    comments: [],
    response_metadata: { next_cursor: '' },
  }
}

export const fileMethods: Record<string, Handler> = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': info,
}
