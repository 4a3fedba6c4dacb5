// Loaded into the bot before its own code. Answers each message of its parent with the memory of this process, before and after a
// full collection, which `--expose-gc` permits. JavaScript, because it runs where nothing translates TypeScript.
import { memoryUsage } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

process.on('message', async () => {
  const before = memoryUsage()
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await pause(50)
  }
  process.send?.({ before, after: memoryUsage() })
})
// The bot ends when its parent has ended, however that came.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The channel must not keep the bot alive.
process.channel?.unref()
