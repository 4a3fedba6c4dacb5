import { afterAll, beforeAll, describe, expect } from 'vitest'
import { appRules } from './github-app-rules.ts'
import { environmentRules } from './github-environment-rules.ts'
import { adminRules, repositoryRules } from './github-repository-rules.ts'
import { teamRules } from './github-team-rules.ts'
import { type GitHubWorld, inTeam, makeGitHubWorld, pushing, reviewing } from './github-world.ts'

describe.each([
  ['teams', inTeam, teamRules],
  ['repositories', pushing, repositoryRules],
  ['repositories, their admins', pushing, adminRules],
  ['environments', reviewing, environmentRules],
  ['the app', pushing, appRules],
] as const)('github, %s', { timeout: 30_000 }, (_, content, rules) => {
  let world: GitHubWorld
  beforeAll(async () => {
    world = await makeGitHubWorld(content)
  })
  afterAll(async () => {
    await world?.close()
    expect(world?.target.violations).toEqual([])
  })
  rules(() => world)
})
