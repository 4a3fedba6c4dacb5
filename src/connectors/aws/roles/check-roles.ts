import type { Diagnosis } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import { isAccessDenied, isNotFound } from '../errors.ts'
import type { AwsEntitlement, AwsSettings } from '../schema.ts'
import type { Aws } from '../target.ts'
import { type Account, pathOf } from './account.ts'
import type { Caller } from './policies.ts'

/** No lease has a role of this name. It begins as those of leases do, so that the rights of Daypass cover it. */
const nobody = 'daypass-check-nobody'
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: inline policies of a role, without blanks. */
const longestInline = 10_240 - 1_000

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export function checkLeaseRoles(
  account: Account,
  settings: NonNullable<AwsSettings['leaseRoles']>,
  offers: ReadonlyMap<string, AwsEntitlement>,
): Promise<Diagnosis> {
  return account.target.operation(async (aws) => {
    const caller = await account.caller(aws)
    const problems: Problem[] = [
      ...problemsOfSession(account, caller),
      ...(await problemsOfBoundary(aws, settings.boundary, caller)),
      ...(await missingRights(account, aws)),
    ]
    for (const [id, offer] of offers) problems.push(...(await problemsOfOffer(aws, id, offer)))
    if (problems.length > 0) return { ok: false, problems }
    const summary = `IAM of account ${caller.account} answers; ${offers.size} entitlements can be granted.`
    return { ok: true, summary }
  })
}

/** AWS lets a session that was opened from another one last an hour. */
export function problemsOfSession({ target }: Account, { isSession }: Caller): Problem[] {
  if (!isSession || target.settings.sessionsLast <= 3_600) return []
  return [
    {
      what: 'Daypass works with the session of a role, and AWS lets sessions opened from one last an hour at most',
      remedy: 'Remove `sessionsLast`, or give Daypass an IAM user.',
    },
  ]
}

async function problemsOfBoundary(aws: Aws, boundary: string, caller: Caller): Promise<Problem[]> {
  const owner = boundary.split(':')[4]
  if (owner !== 'aws' && owner !== caller.account)
    return [
      {
        what: `Daypass works in account ${caller.account}, and the boundary is of account ${owner}`,
        remedy: 'Name a boundary of the account, or a `profile` that leads to the other one.',
      },
    ]
  return problemsOfPolicy(aws, boundary, 'Correct `boundary`, or make the policy.')
}

async function problemsOfOffer(
  aws: Aws,
  id: string,
  { role, permissionSet, policies = [], statements }: AwsEntitlement,
): Promise<Problem[]> {
  if (role !== undefined || permissionSet !== undefined)
    return [
      {
        what: `${id} gives no role of the lease, and this resource makes such roles`,
        remedy: 'Write `policies` or `statements`, or offer it at another resource.',
      },
    ]
  const problems: Problem[] = []
  for (const arn of policies)
    problems.push(...(await problemsOfPolicy(aws, arn, `Correct \`policies\` of ${id}.`)))
  if (JSON.stringify(statements ?? []).length > longestInline)
    problems.push({
      what: `the statements of ${id} are longer than IAM takes`,
      remedy: 'Make a managed policy of them, and name it in `policies`.',
    })
  return problems
}

async function problemsOfPolicy(aws: Aws, PolicyArn: string, remedy: string): Promise<Problem[]> {
  const iam = await aws.iam()
  try {
    await iam.getPolicy({ PolicyArn })
    return []
  } catch (error) {
    if (isNotFound(error)) return [{ what: `there is no policy ${PolicyArn}`, remedy }]
    // A right that is missing is told with the others.
    if (isAccessDenied(error)) return []
    throw error
  }
}

/** Asks for each right with a role that does not exist, so that nothing changes. */
async function missingRights({ target }: Account, aws: Aws): Promise<Problem[]> {
  const iam = await aws.iam()
  const role = { RoleName: nobody }
  const policy = { ...role, PolicyName: nobody }
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const PolicyDocument = '{"Version":"2012-10-17","Statement":[]}'
  const boundary = target.settings.leaseRoles?.boundary
  const asked: (readonly [right: string, () => Promise<unknown>])[] = [
    ['iam:GetRole', () => iam.getRole(role)],
    ['iam:ListRoles', () => iam.listRoles({ PathPrefix: pathOf(target), MaxItems: 1 })],
    ['iam:ListRolePolicies', () => iam.listRolePolicies(role)],
    ['iam:GetRolePolicy', () => iam.getRolePolicy(policy)],
    ['iam:PutRolePolicy', () => iam.putRolePolicy({ ...policy, PolicyDocument })],
    ['iam:DeleteRolePolicy', () => iam.deleteRolePolicy(policy)],
    ['iam:ListAttachedRolePolicies', () => iam.listAttachedRolePolicies(role)],
    ['iam:DetachRolePolicy', () => iam.detachRolePolicy({ ...role, PolicyArn })],
    ['iam:UpdateAssumeRolePolicy', () => iam.updateAssumeRolePolicy({ ...role, PolicyDocument })],
    ['iam:ListInstanceProfilesForRole', () => iam.listInstanceProfilesForRole(role)],
    ['iam:DeleteRole', () => iam.deleteRole(role)],
    ['iam:GetPolicy', () => iam.getPolicy({ PolicyArn: boundary })],
  ]
  const missing: string[] = []
  for (const [right, ask] of asked) {
    const error = await ask().then(
      () => null,
      (reason: unknown) => reason,
    )
    if (isAccessDenied(error)) missing.push(right)
    // A refusal of nobody's name is what is hoped for. What hides the answer is not.
    else if (error !== null && ['unreachable', 'timeout', 'throttled'].includes(aws.explain(error).code))
      throw error
  }
  if (missing.length === 0) return []
  return [
    {
      what: `Daypass lacks ${missing.join(', ')} for roles whose names begin with daypass-`,
      remedy: 'Give it the policy of docs/connectors/aws.md, section “A role of the lease”.',
    },
  ]
}
