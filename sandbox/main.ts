import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { APP, COMPANY } from './fixtures.ts'
import { appFromManifest } from './manifest.ts'
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

/** The app of the manifest, or the fixtures' own, in the mode asked for. */
function app(): AppSeed {
  const requestUrl = values['request-url']
  const secrets = { ...APP, ...(requestUrl ? { requestUrl } : {}) }
  const seed = values.manifest
    ? appFromManifest(parse(readFileSync(values.manifest, 'utf8')), secrets)
    : secrets
  return values.socket ? { ...seed, socketMode: true } : seed
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
  const seed = app()
  const sandbox = await startSandbox({
    port: Number(values.port),
    workspace: COMPANY,
    apps: [seed],
    log: (entry) => console.log(line(entry)),
  })
  console.log(`The page: ${sandbox.url}`)
  console.log(`SLACK_API_URL=${sandbox.apiUrl}`)
  console.log(`SLACK_BOT_TOKEN=${seed.botToken}`)
  console.log(
    seed.socketMode ? `SLACK_APP_TOKEN=${seed.appToken}` : `SLACK_SIGNING_SECRET=${seed.signingSecret}`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sandbox.close())
}
