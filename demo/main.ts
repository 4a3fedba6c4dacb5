import { setStage } from './stage.ts'
import { playStory } from './story.ts'
import { say, title } from './voice.ts'

const exitAfterwards = process.argv.includes('--exit')

/** Plays the main job aloud, then stays up for the reader; `--exit` ends it after the story. */
async function main(): Promise<number> {
  title('Daypass: access that is asked for, approved, and really gone again')
  say('Starting, with nothing but Node:')
  const stage = await setStage((line) => say(`  · ${line}`))
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve('interrupted'))
  })
  try {
    const outcome = await Promise.race([playStory(stage).then(() => 'played' as const), interrupted])
    if (outcome === 'played' && !exitAfterwards) await stayUp(stage.slack.url, stage.logFile, interrupted)
    return 0
  } finally {
    say('\nEnding all that was started.')
    await stage.strike()
  }
}

async function stayUp(url: string, logFile: string, interrupted: Promise<unknown>): Promise<void> {
  say(`\nEverything stays up until Ctrl-C. The local Slack is at ${url}, the log of Daypass in ${logFile}.`)
  await interrupted
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
