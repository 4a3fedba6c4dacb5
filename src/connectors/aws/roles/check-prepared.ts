import type { AccessOrder, Diagnosis } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import { isAccessDenied, isNotFound } from '../errors.ts'
import type { AwsEntitlement, AwsSettings } from '../schema.ts'
import type { Aws } from '../target.ts'
import type { Account } from './account.ts'
import { problemsOfSession } from './check-roles.ts'
import { nameOfRole, planOf } from './prepared-role.ts'
import { inlinePolicies } from './role-state.ts'
import { openSession } from './session.ts'

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (`Policy`) */
const longestSessionPolicy = 2_048

/** Whether a session of each role could be opened now. It opens one for nobody, and keeps no key of it. */
export function checkPrepared(
  account: Account,
  settings: NonNullable<AwsSettings['preparedRoles']>,
  offers: ReadonlyMap<string, AwsEntitlement>,
): Promise<Diagnosis> {
  return account.target.operation(async (aws) => {
    const problems: Problem[] = problemsOfSession(account, await account.caller(aws))
    for (const [id, offer] of offers)
      problems.push(...(await problemsOfOffer(account, settings, aws, id, offer)))
    if (problems.length > 0) return { ok: false, problems }
    return { ok: true, summary: `Sessions of ${offers.size} entitlements can be opened.` }
  })
}

async function problemsOfOffer(
  account: Account,
  { denyEnded }: NonNullable<AwsSettings['preparedRoles']>,
  aws: Aws,
  id: string,
  offer: AwsEntitlement,
): Promise<Problem[]> {
  const { role } = offer
  if (role === undefined)
    return [
      {
        what: `${id} names no prepared role`,
        remedy: 'Write `role`, or offer it at a resource with `leaseRoles` or `identityCenter`.',
      },
    ]
  const order = orderOfNobody(account, id, offer)
  if (JSON.stringify(planOf(role, order).policy).length > longestSessionPolicy)
    return [
      {
        what: `the statements of ${id} are longer than STS takes`,
        remedy: 'Shorten them, or make a managed policy of them and name it in `policies`.',
      },
    ]
  try {
    // As long as the longest one, under a policy that denies everything already.
    const longest = new Date(Date.now() + account.target.settings.sessionsLast * 1_000)
    await openSession(account, aws, { ...order, until: longest }, planOf(role, order))
  } catch (error) {
    const { message, code } = aws.explain(error)
    if (!['permission', 'misconfigured'].includes(code)) throw error
    return [
      {
        what: `no session of ${role} can be opened. ${message}`,
        remedy: `Let the trust policy of the role name Daypass with sts:AssumeRole and sts:SetSourceIdentity, let Daypass have both for the role, and let \`sessionsLast\` be no longer than the maximum session duration of the role.`,
      },
    ]
  }
  return denyEnded ? problemsOfDenial(aws, id, role) : []
}

async function problemsOfDenial(aws: Aws, id: string, role: string): Promise<Problem[]> {
  const iam = await aws.iam()
  const PolicyName = 'daypass-check-nobody'
  const RoleName = nameOfRole(role)
  const asked: (readonly [right: string, () => Promise<unknown>])[] = [
    ['iam:ListRolePolicies', () => inlinePolicies(iam, RoleName)],
    ['iam:GetRolePolicy', () => iam.getRolePolicy({ RoleName, PolicyName })],
    ['iam:DeleteRolePolicy', () => iam.deleteRolePolicy({ RoleName, PolicyName })],
  ]
  const missing: string[] = []
  for (const [right, ask] of asked) {
    const error = await ask().then(
      () => null,
      (reason: unknown) => reason,
    )
    if (isAccessDenied(error)) missing.push(right)
    else if (error !== null && !isNotFound(error)) throw error
  }
  if (missing.length === 0) return []
  return [
    {
      what: `Daypass lacks ${missing.join(', ')} for the role of ${id}, so it cannot deny ended sessions`,
      remedy: 'Give it these rights for the role, or write `denyEnded: false`.',
    },
  ]
}

function orderOfNobody(
  { target }: Account,
  entitlementId: string,
  content: AwsEntitlement,
): AccessOrder<AwsEntitlement> {
  return {
    grantId: 'daypass-check',
    reference: 'daypass-check',
    resourceId: target.resourceId,
    entitlementId,
    content,
    holder: { displayName: 'nobody', userId: 'nobody' },
    until: new Date(),
  }
}
