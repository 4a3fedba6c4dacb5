// Loaded before whatever a child process runs: when the one who started it is gone, by whatever end, so is the child.
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), 5_000).unref()
})
