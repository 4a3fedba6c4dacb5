import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/_longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts', 'sandbox/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // Most of a test here is waiting for a server, a clock or a browser.
    maxWorkers: Math.max(3, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/_global-postgres.ts'],
    // Shared machines of CI stall now and then. The report names each test that needed a second run: look at those.
    retry: process.env.CI ? 1 : 0,
    // Real servers on two busy cores: a stall of some seconds is no failure.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
  },
})
