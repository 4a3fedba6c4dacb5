import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { sendJson } from './http-body.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Lets no foreign script run, even where the page has a bug. Images may come from any address. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src http: https: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

let built: Promise<string> | undefined

/** The page: `/` and its `/assets/...`, built when it is first asked for. Everything else is not found. */
export async function handlePage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1)
  if (request.method !== 'GET' || (name !== 'index.html' && !/^assets\/[\w-]+[.](js|css|svg)$/.test(name))) {
    return sendJson(response, 404, { ok: false, error: 'not_found' })
  }
  // Imported here, so that the sandbox loads the bundler only where the page is opened.
  built ??= import('./page/build.ts').then(({ buildPage }) => buildPage())
  built.catch(() => {
    built = undefined
  })
  const content = await readFile(join(await built, name)).catch(() => null)
  if (!content) return sendJson(response, 404, { ok: false, error: 'not_found' })
  response.writeHead(200, {
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': name === 'index.html' ? 'no-store' : 'max-age=31536000, immutable',
  })
  response.end(content)
}
