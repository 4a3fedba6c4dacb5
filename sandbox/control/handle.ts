import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { readBody, sendJson } from '../http-body.ts'
import { asObject, parseJson } from '../json.ts'
import { VERBS } from './verbs.ts'

/** Answers `POST /control/<verb>` with `{ result }` or, with status 400, `{ error }`. */
export async function handleControl(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
): Promise<void> {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  // A page of another origin must not act here: browsers cannot send JSON across origins without asking first.
  if (request.method !== 'POST' || !request.headers['content-type']?.startsWith('application/json')) {
    return sendJson(response, 405, { error: 'POST application/json' })
  }
  if (!verb) return sendJson(response, 404, { error: `no verb ${name}` })
  try {
    const args = asObject(parseJson((await readBody(request)).toString('utf8')))
    sendJson(response, 200, { result: (await verb(core, args)) ?? null })
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}
