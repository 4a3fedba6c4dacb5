import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { exampleApp, exampleWorkspace } from './example-workspace.ts'
import { appFromManifest, requestUrlsOf } from './manifest.ts'
import { notOffered } from './manifest-coverage.ts'
import { startSandbox } from './server.ts'
import type { AppSeed, TrafficEntry } from './types.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    manifest: { type: 'string' },
    'request-url': { type: 'string' },
    socket: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

/** The app of the manifest, or the example app, in the requested mode. */
function app(manifest: unknown): AppSeed {
  const requestUrl = values['request-url']
  const secrets = { ...exampleApp, ...(requestUrl ? { requestUrl } : {}) }
  const seed = manifest === undefined ? secrets : appFromManifest(manifest, secrets)
  return values.socket ? { ...seed, socketMode: true } : seed
}

/** A sentence that says where requests go, or why they go nowhere. */
function destination(seed: AppSeed, manifest: unknown): string {
  if (seed.socketMode) return 'Requests go to whoever connects with the app token (Socket Mode).'
  const remedy = 'Name the address of your app: --request-url http://127.0.0.1:3000/slack/events'
  const urls = requestUrlsOf(manifest)
  if (!seed.requestUrl) {
    const why =
      urls.length > 0 ? `the manifest names ${urls[0]}, which is not this machine` : 'no address is known'
    return `Nothing is sent to an app: ${why}.\n${remedy}`
  }
  return `Requests go to ${seed.requestUrl}.`
}

function line({ direction, name, durationMs, error, violations }: TrafficEntry): string {
  const arrow = direction === 'to_app' ? '->' : '<-'
  const wrong = violations.map((v) => ` ! ${v.kind}: ${v.detail}`).join('')
  return `${arrow} ${name} ${durationMs ?? ''} ms${error ? ` ${error}` : ''}${wrong}`
}

if (values.help) {
  console.log(
    'sandbox/main.ts [--port 0] [--manifest manifest.yml] [--socket | --request-url http://127.0.0.1:3000/slack/events]',
  )
} else {
  const manifest: unknown = values.manifest && parse(readFileSync(values.manifest, 'utf8'))
  const seed = app(manifest || undefined)
  const sandbox = await startSandbox({
    port: Number(values.port),
    workspace: exampleWorkspace,
    apps: [seed],
    log: (entry) => console.log(line(entry)),
  })
  console.log(`The page: ${sandbox.url}`)
  console.log(`SLACK_API_URL=${sandbox.apiUrl}`)
  console.log(`SLACK_BOT_TOKEN=${seed.botToken}`)
  console.log(
    seed.socketMode ? `SLACK_APP_TOKEN=${seed.appToken}` : `SLACK_SIGNING_SECRET=${seed.signingSecret}`,
  )
  console.log(destination(seed, manifest))
  const absent = notOffered(manifest)
  if (absent.length > 0)
    console.log(`This sandbox does not offer what the manifest asks for: ${absent.join(', ')}.`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sandbox.close())
}
