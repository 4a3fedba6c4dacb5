import { openForLeads } from '../app/leads.ts'
import { ConfigError, readConfig } from '../config.ts'
import { parseReference } from '../domain/request.ts'
import { createLogger } from '../logger.ts'
import { askErasure } from '../usecases/privacy/ask-erasure.ts'
import { print } from './print.ts'

/** `daypass privacy erase AR-1042 --by U0LEAD`: asks; another security lead confirms it in Slack. The exit code is 1 when refused. */
export async function eraseTexts(about: string, { by }: { by: string }): Promise<void> {
  const reference = parseReference(about)
  if (reference === null && !/^[UW][A-Z0-9]{2,}$/.test(about))
    throw new ConfigError('Name a request (AR-1042) or the Slack user id of a person (U0CARLA).')
  const { ports, teamId, close } = await openForLeads(readConfig(), createLogger('silent'))
  const asked = { by: { teamId, userId: by }, about: reference ?? about }
  const answer = await askErasure(ports, asked).finally(close)
  switch (answer.kind) {
    case 'asked':
      print('Asked and recorded. Another security lead has to confirm it in the security channel.')
      for (const { reference: hold, requests } of answer.kept)
        print(
          `The legal hold ${hold} keeps ${requests.length > 0 ? `everything of ${requests.join(', ')}` : 'what it covers'}. Ask again when it is lifted.`,
        )
      return
    case 'refused':
      print(`${by} is no security lead, so nothing was asked.`)
      break
    case 'unknown':
      print(`Daypass knows no ${reference === null ? 'person' : 'request'} ${about}.`)
  }
  process.exitCode = 1
}
