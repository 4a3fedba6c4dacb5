import type { Diagnosis } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import { isAccessDenied, isNotFound } from '../errors.ts'
import type { AwsEntitlement } from '../schema.ts'
import type { Aws } from '../target.ts'
import { isAssigned, isAssignedToGroup } from './assignments.ts'
import { type Center, describePermissionSet, findInstance } from './center.ts'
import { membershipOf } from './members.ts'
import { findUser } from './users.ts'
import { waysOf } from './ways.ts'

/** No user, group or request has this id. */
const nobody = '00000000-0000-4000-8000-00000000da17'

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkCenter(
  center: Center,
  offers: ReadonlyMap<string, AwsEntitlement>,
): Promise<Diagnosis> {
  return center.target.operation(async (aws) => {
    const { status } = await findInstance(center.target, center.settings, aws)
    const problems: Problem[] =
      status === 'ACTIVE'
        ? []
        : [{ what: `the Identity Center instance is ${status}`, remedy: 'Wait until it is active.' }]
    for (const [id, offer] of offers) problems.push(...(await problemsOfOffer(center, aws, id, offer)))
    problems.push(...(await missingRights(center, aws, [...offers.values()])))
    if (problems.length > 0) return { ok: false, problems }
    return { ok: true, summary: `Identity Center answers; ${offers.size} entitlements can be granted.` }
  })
}

async function problemsOfOffer(
  center: Center,
  aws: Aws,
  id: string,
  { account, permissionSet, group }: AwsEntitlement,
): Promise<Problem[]> {
  if (account === undefined || permissionSet === undefined)
    return [
      {
        what: `${id} gives a role, and this resource gives access through Identity Center`,
        remedy: 'Write `permissionSet` and `account`, or offer it at a resource with `leaseRoles`.',
      },
    ]
  if (permissionSet.split('/')[1] !== center.settings.instance.split('/')[1])
    return [
      {
        what: `the permission set of ${id} is of another instance`,
        remedy: 'Correct `permissionSet` or `instance`.',
      },
    ]
  if ((await describePermissionSet(center, aws, permissionSet)) === null)
    return [
      {
        what: `there is no permission set ${permissionSet}`,
        remedy: `Correct \`permissionSet\` of ${id}. \`aws sso-admin list-permission-sets\` lists them.`,
      },
    ]
  if (group === undefined) return []
  const store = await aws.store()
  try {
    await store.describeGroup({ IdentityStoreId: await center.storeId(aws), GroupId: group })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return [{ what: `there is no group ${group}`, remedy: `Correct \`group\` of ${id}.` }]
  }
  if (await isAssignedToGroup(center, aws, { account, permissionSet }, group)) return []
  return [
    {
      what: `the group ${group} of ${id} is not assigned its permission set in account ${account}`,
      remedy: 'Assign it at AWS, so that a membership gives the access.',
    },
  ]
}

/** Asks for each right with the id of nobody, so that nothing changes. */
async function missingRights(
  center: Center,
  aws: Aws,
  offers: readonly AwsEntitlement[],
): Promise<Problem[]> {
  const [sso, store] = [await aws.sso(), await aws.store()]
  const IdentityStoreId = await center.storeId(aws)
  const { instance: InstanceArn } = center.settings
  const own = offers.find(({ group, account }) => group === undefined && account !== undefined)
  const ofGroup = offers.find(({ group }) => group !== undefined)
  const asked: (readonly [right: string, () => Promise<unknown>])[] = [
    [
      center.settings.login === 'id' ? 'identitystore:DescribeUser' : 'identitystore:GetUserId',
      () => findUser(center, aws, {}, nobody),
    ],
  ]
  for (const offer of [own, ofGroup]) {
    if (!offer) continue
    const assignment = {
      account: offer.account ?? '',
      permissionSet: offer.permissionSet ?? '',
      user: nobody,
    }
    asked.push(
      ['sso:ListAccountAssignments', () => isAssigned(center, aws, assignment)],
      ['sso:ListAccountAssignmentsForPrincipal', () => waysOf(center, aws, assignment)],
    )
  }
  if (own) {
    const Filter = { Status: 'IN_PROGRESS' } as const
    asked.push(
      [
        'sso:DescribeAccountAssignmentCreationStatus',
        () =>
          sso.describeAccountAssignmentCreationStatus({
            InstanceArn,
            AccountAssignmentCreationRequestId: nobody,
          }),
      ],
      [
        'sso:DescribeAccountAssignmentDeletionStatus',
        () =>
          sso.describeAccountAssignmentDeletionStatus({
            InstanceArn,
            AccountAssignmentDeletionRequestId: nobody,
          }),
      ],
      [
        'sso:ListAccountAssignmentCreationStatus',
        () => sso.listAccountAssignmentCreationStatus({ InstanceArn, Filter }),
      ],
      [
        'sso:ListAccountAssignmentDeletionStatus',
        () => sso.listAccountAssignmentDeletionStatus({ InstanceArn, Filter }),
      ],
      [
        'sso:DeleteAccountAssignment',
        () =>
          sso.deleteAccountAssignment({
            InstanceArn,
            TargetId: own.account,
            TargetType: 'AWS_ACCOUNT',
            PermissionSetArn: own.permissionSet,
            PrincipalType: 'USER',
            PrincipalId: nobody,
          }),
      ],
    )
  }
  if (ofGroup) {
    const { group = '' } = ofGroup
    asked.push(
      ['identitystore:GetGroupMembershipId', () => membershipOf(center, aws, group, nobody)],
      [
        'identitystore:CreateGroupMembership',
        () => store.createGroupMembership({ IdentityStoreId, GroupId: group, MemberId: { UserId: nobody } }),
      ],
      [
        'identitystore:DeleteGroupMembership',
        () => store.deleteGroupMembership({ IdentityStoreId, MembershipId: nobody }),
      ],
    )
  }
  const missing: string[] = []
  for (const [right, ask] of asked) {
    const error = await ask().then(
      () => null,
      (reason: unknown) => reason,
    )
    if (isAccessDenied(error)) missing.push(right)
    // A refusal of nobody's id is what is hoped for. What hides the answer is not.
    else if (error !== null && ['unreachable', 'timeout', 'throttled'].includes(aws.explain(error).code))
      throw error
  }
  if (missing.length === 0) return []
  return [
    {
      what: `Daypass lacks ${[...new Set(missing)].join(', ')}`,
      remedy: 'Give it the policy of docs/connectors/aws.md, section “Identity Center”.',
    },
  ]
}
