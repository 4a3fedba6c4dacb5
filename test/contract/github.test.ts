import { describeConnectorContract } from './connector-contract.ts'
import type { ContractSkips } from './connector-world.ts'
import { inTeam, makeGitHubWorld, pushing, reviewing } from './github-world.ts'

const skips: ContractSkips = {
  grantAll: 'people get their access one by one',
  revokeAll: 'people lose their access one by one',
  sessions: 'GitHub looks at the role in each call',
  credentials: 'people use the account that they have',
  list: 'GitHub does not say who gave an access',
  resistance: 'there are no credentials to resist with; github-rules has the ways of holders',
}

describeConnectorContract('github, a team', () => makeGitHubWorld(inTeam), skips)
describeConnectorContract('github, a repository', () => makeGitHubWorld(pushing), skips)
describeConnectorContract('github, an environment', () => makeGitHubWorld(reviewing), skips)
