import { offerTerminal } from './offer-terminal.ts'
import { type Stage, setStage } from './stage.ts'
import { playStory } from './story.ts'
import { say, title } from './voice.ts'

const exitAfterwards = process.argv.includes('--exit')
const withStory = exitAfterwards || process.argv.includes('--story')

/**
 * Starts everything and opens on the local Slack's page. `--story` plays the main job aloud first; `--exit` plays it
 * and ends.
 */
async function main(): Promise<void> {
  title('Daypass: access that is asked for, approved, and really gone again')
  say('Starting, with nothing but Node:')
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  const stage = await setStage((line) => say(`  · ${line}`))
  try {
    if (withStory) await Promise.race([playStory(stage), interrupted])
    if (!exitAfterwards) await stayUp(stage, interrupted)
  } finally {
    say('\nEnding all that was started.')
    await stage.strike()
  }
}

async function stayUp(stage: Stage, interrupted: Promise<void>): Promise<void> {
  const person = (name: string) => `${stage.slack.url}/?as=U0${name.toUpperCase()}`
  title('Try it in your browser')
  say(`  Carla, a contractor in the last week of hers   ${person('carla')}`)
  say(`  Erin, who owns the databases with Dana         ${person('erin')}`)
  say(`  Dana                                           ${person('dana')}`)
  say(`  Sam, who leads security                        ${person('sam')}`)
  say(`  Gus, a guest                                   ${person('gus')}`)
  say(
    '\n  As Carla, type /request-access in any channel; as Erin, press Approve in #orders-owners; as Carla again, press',
  )
  say('  Show credentials in the messages of Daypass; as Sam, type /audit. The log of Daypass:')
  say(`  ${stage.logFile}`)
  const closeTerminal = offerTerminal(interrupted)
  say('\n  Ctrl-C ends it all.')
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
