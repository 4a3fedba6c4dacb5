import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { filePart, readBody, sendJson } from '../http-body.ts'
import { isPng } from './png.ts'

/** The bytes of a file, sent to its upload URL. */
export async function handleUpload(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
): Promise<void> {
  const file = [...core.workspace.files.values()].find((f) => f.uploadToken === token)
  const fault = core.faults.take('upload')
  if (fault) return void response.destroy()
  if (!file || file.completed) return sendJson(response, 404, { ok: false, error: 'file_not_found' })
  const content = filePart(await readBody(request), request.headers['content-type'] ?? '')
  if (content.length !== file.length) {
    core.traffic.violate(
      'upload_length',
      `${file.name}: announced ${file.length} bytes, sent ${content.length}`,
    )
  }
  file.content = content
  response.writeHead(200, { 'content-type': 'text/plain' }).end(`OK - ${content.length}`)
}

/** A shared file's bytes. */
export function handleDownload(core: Core, response: ServerResponse, path: string[]): void {
  const file = core.workspace.files.get(path[0]?.split('-').at(-1) ?? '')
  if (!file?.content || !file.completed) {
    sendJson(response, 404, { ok: false, error: 'file_not_found' })
    return
  }
  // Only pictures are shown by a browser: the bytes are an app's.
  const isPicture = isPng(file.content)
  const name = `filename*=UTF-8''${encodeURIComponent(file.name)}`
  response.writeHead(200, {
    'content-type': isPicture ? 'image/png' : 'application/octet-stream',
    'content-disposition': `${isPicture ? 'inline' : 'attachment'}; ${name}`,
    'x-content-type-options': 'nosniff',
  })
  response.end(file.content)
}
