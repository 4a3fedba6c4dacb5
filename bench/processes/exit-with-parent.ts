// Loaded first in each child process: the child ends when its parent has ended, however that came.
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), 5_000).unref()
})
