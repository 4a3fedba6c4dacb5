import { askErasureFor } from '../app/privacy.ts'
import { ConfigError, readConfig } from '../config.ts'
import { parseReference } from '../domain/request.ts'
import { createLogger } from '../logger.ts'
import { print } from './print.ts'

/** `daypass privacy erase AR-1042 --by U0LEAD`: asks; another security lead confirms it in Slack. The exit code is 1 when refused. */
export async function eraseTexts(about: string, { by }: { by: string }): Promise<void> {
  const reference = parseReference(about)
  if (reference === null && !/^[UW][A-Z0-9]{2,}$/.test(about))
    throw new ConfigError('Name a request (AR-1042) or the Slack user id of a person (U0CARLA).')
  const answer = await askErasureFor(readConfig(), { by, about: reference ?? about }, createLogger('silent'))
  switch (answer.kind) {
    case 'asked':
      print('Asked and recorded. Another security lead has to confirm it in the security channel.')
      return
    case 'refused':
      print(`${by} is no security lead, so nothing was asked.`)
      break
    case 'unknown':
      print(`Daypass knows no ${reference === null ? 'person' : 'request'} ${about}.`)
  }
  process.exitCode = 1
}
