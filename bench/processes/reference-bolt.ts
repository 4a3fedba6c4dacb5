import type { AddressInfo } from 'node:net'
import { App, LogLevel } from '@slack/bolt'
import postgres from 'postgres'
import { slack } from '../world/people.ts'

// What the bot is compared with: an app of Bolt's own making that acknowledges at once (`ack`), or after one row of its own
// was committed (`commit`). Neither checks, judges or tells anything.
const [mode, slackUrl, databaseUrl] = process.argv.slice(2)

const sql = postgres(databaseUrl ?? '', { max: 10, onnotice: () => {} })

async function before(who: string, body: object): Promise<void> {
  if (mode === 'commit')
    await sql`insert into clicks (person, body) values (${who}, ${sql.json(body as never)})`
}

const app = new App({
  token: slack.botToken,
  signingSecret: slack.signingSecret,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: `${slackUrl}/api/` },
  convoStore: false,
})
app.command('/request-access', async ({ command, ack }) => {
  await before(command.user_id, { text: command.text, trigger_id: command.trigger_id })
  await ack({ response_type: 'ephemeral', text: 'Your request was submitted.' })
})
app.action('daypass.approve', async ({ body, action, ack }) => {
  await before(body.user.id, action)
  await ack()
})
const server = await app.start(0)
process.send?.({ port: (server.address() as AddressInfo).port })
