import type { IAM } from '@aws-sdk/client-iam'
import { type AccessOrder, ConnectorError, type Evidence } from '../../../domain/connector.ts'
import { isConflict, isNotFound } from '../errors.ts'
import type { Aws } from '../target.ts'
import { type Account, leaseName } from './account.ts'
import { endedName } from './grant-role.ts'
import { endedPolicy } from './policies.ts'
import { attachedPolicies, inlinePolicies, unlessGone } from './role-state.ts'

/** Somebody who adds something at the same moment is met so many times. */
const mostTurns = 5

/**
 * Denies everything to every session of the role, older and newer ones, then takes away what it may do and deletes it. Resolves
 * when a read-back shows that there is no such role.
 */
export function revokeRole({ target }: Account, order: AccessOrder<unknown>): Promise<Evidence> {
  return target.operation(async (aws) => {
    const iam = await aws.iam()
    const name = leaseName(order)
    for (let turn = 0; ; turn += 1) {
      if (turn === mostTurns) throw stillThere(target.resourceId, name)
      await deny(iam, name)
      const deleted = await remove(iam, name)
      if (!(await isThere(aws, iam, name, deleted))) break
    }
    return {
      readAt: aws.now(),
      summary: `There is no role ${name}, so sessions of it may do nothing.`,
      facts: { role: name, present: false },
    }
  })
}

/** Just after a deletion IAM may show the role a little longer. */
async function isThere(aws: Aws, iam: IAM, RoleName: string, wasDeleted: boolean): Promise<boolean> {
  for (let look = 0; ; look += 1) {
    try {
      await iam.getRole({ RoleName })
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
    if (!wasDeleted || look === 3) return true
    await aws.wait(look)
  }
}

function deny(iam: IAM, RoleName: string): Promise<void> {
  const PolicyDocument = JSON.stringify(endedPolicy())
  return unlessGone(iam.putRolePolicy({ RoleName, PolicyName: endedName, PolicyDocument }))
}

/** What denies goes last. Whether IAM deleted the role: false where something was added meanwhile. */
async function remove(iam: IAM, RoleName: string): Promise<boolean> {
  try {
    const [attached, { InstanceProfiles = [] }, inline] = await Promise.all([
      attachedPolicies(iam, RoleName),
      iam.listInstanceProfilesForRole({ RoleName }),
      inlinePolicies(iam, RoleName),
    ])
    // One after the other: IAM refuses changes of one role at the same time.
    for (const PolicyArn of attached) await unlessGone(iam.detachRolePolicy({ RoleName, PolicyArn }))
    for (const { InstanceProfileName } of InstanceProfiles)
      await unlessGone(iam.removeRoleFromInstanceProfile({ RoleName, InstanceProfileName }))
    for (const PolicyName of [...inline.filter((one) => one !== endedName), endedName])
      await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }))
    await iam.deleteRole({ RoleName })
    return true
  } catch (error) {
    if (isNotFound(error)) return true
    if (isConflict(error)) return false
    throw error
  }
}

function stillThere(resourceId: string, name: string): ConnectorError {
  const message = `${resourceId}: the role ${name} is still there, though IAM took each deletion. It denies everything to its sessions if nobody changed it. See in CloudTrail who adds policies to it.`
  return new ConnectorError('still_present', message, { retryable: true })
}
