import { type Environment, startEnvironment } from '../fixtures/environment.ts'
import { makeHistory } from './history.ts'
import { offerTerminal } from './offer-terminal.ts'
import { printLine, printTitle } from './print.ts'
import { playStory } from './story.ts'

const exitAfterwards = process.argv.includes('--exit')
const withStory = exitAfterwards || process.argv.includes('--story')

/**
 * Starts everything and prints the addresses of the local Slack's page. `--story` first plays the main job in the terminal;
 * `--exit` plays it and ends.
 */
async function main(): Promise<void> {
  printTitle('Daypass: access that is asked for, approved, and really gone again')
  printLine('Starting, with nothing but Node:')
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  const environment = await startEnvironment((line) => printLine(`  · ${line}`), {
    moreSystems: !exitAfterwards,
  })
  try {
    if (withStory) await Promise.race([playStory(environment), interrupted])
    if (!exitAfterwards) {
      printLine('  · a few past requests, so that there is a history to look at')
      await Promise.race([makeHistory(environment.slack), interrupted])
      await stayUp(environment, interrupted)
    }
  } finally {
    printLine('\nEnding all that was started.')
    await environment.stop()
  }
}

async function stayUp(environment: Environment, interrupted: Promise<void>): Promise<void> {
  const person = (name: string) => `${environment.slack.url}/?as=U0${name.toUpperCase()}`
  printTitle('Try it in your browser')
  printLine(`  Carla, a contractor whose engagement ends this week   ${person('carla')}`)
  printLine(`  Erin, her sponsor, who owns the databases with Dana   ${person('erin')}`)
  printLine(`  Dana                                                  ${person('dana')}`)
  printLine(`  Sam, who leads security                               ${person('sam')}`)
  printLine(`  Gus, a guest                                          ${person('gus')}`)
  printLine(
    '\n  As Carla, type /request-access in any channel; as Erin, press Approve in #orders-owners; as Carla again, press',
  )
  printLine(
    '  Show credentials in the messages of Daypass; as Sam, type /audit. Everyone has an App Home: press Home above the',
  )
  printLine(
    '  messages of Daypass. It shows what waits for you, what you hold and what you asked for. The log of Daypass:',
  )
  printLine(`  ${environment.logFile}`)
  printTitle('Prove who you are')
  printLine(
    '  Approving access to the payment cards needs a passkey (docs/step-up.md). The browser that you use can make one.',
  )
  printLine('  On the Home tab of Dana or Erin press Passkeys… and Add a passkey…, and type the code:')
  for (const { name, code } of environment.passkeyCodes) printLine(`  ${name.padEnd(8)} ${code}`)
  printLine(
    '  Then, as Carla: /request-access cards-db read-cards for 20m ticket SEC-123 because Comparing a chargeback with our records',
  )
  printLine(
    '  A new passkey counts for critical access after 10 seconds here. The codes work once, for an hour.',
  )
  const closeTerminal = offerTerminal(interrupted)
  printLine('\n  Ctrl-C ends it all.')
  await interrupted
  closeTerminal()
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
