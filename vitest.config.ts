import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts', 'sandbox/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // Most of a test here is waiting for a server, a clock or a browser.
    maxWorkers: Math.max(3, availableParallelism()),
    globalSetup: ['test/_global-postgres.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
})
