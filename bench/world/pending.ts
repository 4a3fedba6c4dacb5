import { commandBodies, type PostedCard } from '../load/payloads.ts'
import { type Bot, type Environment, emptyTemplate, startBot } from './environment.ts'
import { slack } from './people.ts'
import { once } from './server.ts'

/** Creates a database with `count` pending requests and no effect left to perform. */
export async function makePending(
  environment: Environment,
  name: string,
  count: number,
  duration = '1h',
): Promise<string> {
  const url = await environment.server.create(name, emptyTemplate)
  const bot = await startBot(environment, { role: 'web', databaseUrl: url })
  await submit(environment, bot, count, duration)
  await bot.stop()
  await forgetEffects(url)
  await once(
    url,
    (sql) => sql`
      insert into slack_messages (subject_kind, subject_id, purpose, variant, copy_number, channel_id, ts)
      select 'request', id, 'card', 0, 0, ${slack.ownersChannel}, '1700000000.' || lpad(number::text, 6, '0') from requests`,
  )
  return url
}

async function submit(environment: Environment, bot: Bot, count: number, duration: string): Promise<void> {
  const report = await environment.load({
    url: bot.url,
    bodies: commandBodies(environment, count, duration),
    pace: { kind: 'closed', connections: 16, seconds: 300 },
  })
  if (report.acknowledged !== count) throw new Error(`Submitting failed: ${JSON.stringify(report.others)}`)
}

/** Deletes the effects of earlier phases, so that the next one starts on an idle system. */
async function forgetEffects(url: string): Promise<void> {
  await once(url, async (sql) => {
    await sql`delete from outbox`
    await sql`drop schema if exists daypass_queue cascade`
  })
}

export function readCards(url: string): Promise<PostedCard[]> {
  return once(
    url,
    (sql) => sql<PostedCard[]>`
      select r.id as "requestId", 'AR-' || r.number as reference, m.ts
      from requests r join slack_messages m on m.subject_kind = 'request' and m.subject_id = r.id::text and m.purpose = 'card'
      where r.status = 'pending' order by r.number`,
  )
}
