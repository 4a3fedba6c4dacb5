import { z } from 'zod'
import { parseDuration } from '../../domain/duration.ts'
import { addressSetting } from '../_shared/address-setting.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

const slug = (what: string) =>
  z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, `expected ${what} as it stands in its address`)

/** The connector's settings in the catalog. Messages never repeat the key. */
export const settingsSchema = z
  .strictObject({
    organization: slug('the organisation').describe('The organisation, as it stands in its address: acme'),
    appId: z
      .union([z.string().regex(/^[\w.-]+$/), z.int().positive()])
      .transform(String)
      .describe('The id of the GitHub App: its App ID or its client ID'),
    privateKey: z
      .string()
      .min(1)
      .optional()
      .describe('The private key of the app, in PEM. Let it come from the environment'),
    privateKeyFile: secretFileSetting('the private key of the app, in PEM'),
    apiUrl: addressSetting()
      .default('https://api.github.com')
      .describe('Where the API is: of GitHub Enterprise Server https://github.example.com/api/v3'),
    login: z
      .enum(['login', 'id'])
      .default('login')
      .describe(
        'What the confirmed login is: the login name, or the number of the account, which never changes. login unless set',
      ),
    invite: z
      .boolean()
      .default(false)
      .describe(
        'Whether people who are no members of the organisation are invited: to a repository as outside collaborators, with a team into the organisation. false unless set',
      ),
    placeholder: slug('a team')
      .optional()
      .describe(
        'A team that becomes required reviewer of an environment when its last reviewer would leave, because without any everybody could deploy. An owner of the organisation unless set',
      ),
    lookAgainAfter: z
      .string()
      .transform((text, context) => {
        if (text === '0s') return 0
        const read = parseDuration(text)
        if (read.ok && read.seconds <= 60) return read.seconds
        context.addIssue({ code: 'custom', message: 'expected 0s to 1m' })
        return z.NEVER
      })
      .prefault('2s')
      .describe(
        'After a change of reviewers they are read once more after this time, because somebody else may have written an older list: 0s to 1m; 2s unless set',
      ),
    activity: z
      .enum(['audit-log', 'events'])
      .optional()
      .describe(
        'Tells what the account did during a lease: by the audit log of the organisation (GitHub Enterprise), or by the events of the repositories of the lease',
      ),
    timeout: timeoutSetting(20),
  })
  .refine(({ privateKey, privateKeyFile }) => (privateKey === undefined) !== (privateKeyFile === undefined), {
    path: ['privateKey'],
    message: 'write either `privateKey` or `privateKeyFile`',
  })
export type GitHubSettings = z.output<typeof settingsSchema>

/** The connector's own part of an entitlement. */
export const entitlementSchema = z
  .strictObject({
    team: slug('a team').optional().describe('The team of which the holder becomes a member: its slug'),
    repository: z
      .string()
      .max(100)
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'expected the name of a repository, without its owner')
      .optional()
      .describe(
        'The repository of the organisation to which the holder gets a role: its name without the owner',
      ),
    role: z
      .string()
      .max(100)
      .regex(/^[^\p{Cc}]+$/u)
      .optional()
      .describe(
        'In a team: member (unless set) or maintainer. In a repository: pull, triage, push, maintain, admin, or a custom role of the organisation',
      ),
    environment: z
      .string()
      .max(255)
      .regex(/^[^\p{Cc}]+$/u)
      .optional()
      .describe('The environment of the repository of which the holder becomes a required reviewer'),
  })
  .refine(({ team, repository }) => (team === undefined) !== (repository === undefined), {
    message: 'expected either `team` or `repository`',
  })
  .refine(({ team, environment }) => team === undefined || environment === undefined, {
    path: ['environment'],
    message: 'an environment is one of a `repository`',
  })
  .refine(({ team, role }) => team === undefined || role === undefined || isTeamRole(role), {
    path: ['role'],
    message: 'expected member or maintainer',
  })
  .refine(
    ({ repository, environment, role }) =>
      repository === undefined || (environment === undefined) === (role !== undefined),
    { path: ['role'], message: 'a repository needs either a `role` or an `environment`' },
  )
  .refine(({ repository, role }) => repository === undefined || !['read', 'write'].includes(role ?? ''), {
    path: ['role'],
    message: 'the API calls read `pull`, and write `push`',
  })
export type GitHubEntitlement = z.output<typeof entitlementSchema>

/** An entitlement, by what it gives. */
export type Access =
  | { readonly kind: 'team'; readonly team: string; readonly role: TeamRole }
  | { readonly kind: 'repository'; readonly repository: string; readonly role: string }
  | { readonly kind: 'environment'; readonly repository: string; readonly environment: string }

export type TeamRole = 'member' | 'maintainer'

export function accessOf({ team, repository, role, environment }: GitHubEntitlement): Access {
  if (team !== undefined) return { kind: 'team', team, role: role === 'maintainer' ? role : 'member' }
  if (repository === undefined) throw new Error('the schema takes no such entitlement')
  return environment === undefined
    ? { kind: 'repository', repository, role: role ?? '' }
    : { kind: 'environment', repository, environment }
}

function isTeamRole(role: string): role is TeamRole {
  return role === 'member' || role === 'maintainer'
}
