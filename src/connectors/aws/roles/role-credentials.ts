import type { IAM } from '@aws-sdk/client-iam'
import type { AccessOrder, Credentials } from '../../../domain/connector.ts'
import { isNotFound, nameOf } from '../errors.ts'
import type { Aws } from '../target.ts'
import { type Account, leaseName, notGranted } from './account.ts'
import { endedName, guardName, guardOf } from './grant-role.ts'
import { deniedBefore, instant } from './policies.ts'
import { lookAtRole, readInline } from './role-state.ts'
import { keysFor, openSession, type Session } from './session.ts'

/**
 * Temporary keys of the role of the lease, shown once. Sessions that were opened before are denied from then on. Throws
 * `not_granted`.
 */
export function issueRoleCredentials(account: Account, order: AccessOrder<unknown>): Promise<Credentials> {
  const { target } = account
  return target.operation(async (aws) => {
    const iam = await aws.iam()
    const name = leaseName(order)
    const [state, guard] = await Promise.all([lookAtRole(iam, name), readInline(iam, name, guardName)])
    if (!state || state.inline.includes(endedName) || order.until <= aws.now())
      throw notGranted(target.resourceId)
    const former = deniedBefore(guard)
    // The first showing has no older sessions to deny. Its instant tells the next one that there are some.
    const issuedBefore = former === null ? instant(aws.now()) : nextInstant(aws.now(), former)
    await denyOlder(iam, target.resourceId, name, order, issuedBefore)
    const session = await openNewerSession(account, aws, order, state.arn, {
      issuedBefore,
      isFirst: former === null,
    })
    // A revocation may have begun meanwhile. Its denial holds for this session too.
    const now = await lookAtRole(iam, name)
    if (!now || now.inline.includes(endedName)) throw notGranted(target.resourceId)
    return keysFor(account, order, state.arn, session)
  })
}

/** AWS counts whole seconds: a session of this second would be as old as one that was opened just before. */
function nextInstant(now: Date, former: string): string {
  const next = new Date(now.getTime() + 1_000)
  return new Date(former) > next ? former : instant(next)
}

async function denyOlder(
  iam: IAM,
  resourceId: string,
  RoleName: string,
  { until }: AccessOrder<unknown>,
  issuedBefore: string,
): Promise<void> {
  const PolicyDocument = JSON.stringify(guardOf(until, issuedBefore))
  try {
    await iam.putRolePolicy({ RoleName, PolicyName: guardName, PolicyDocument })
  } catch (error) {
    if (isNotFound(error)) throw notGranted(resourceId)
    throw error
  }
}

async function openNewerSession(
  account: Account,
  aws: Aws,
  order: AccessOrder<unknown>,
  role: string,
  { issuedBefore, isFirst }: { readonly issuedBefore: string; readonly isFirst: boolean },
): Promise<Session> {
  const newer = new Date(issuedBefore)
  for (let turn = 0; ; turn += 1) {
    // Ours is the only clock between two answers; an early session is given up and opened again.
    if (turn > 0 || !isFirst) await aws.wait(turn + 4)
    const session = await openSession(account, aws, order, { role, isFresh: true }).catch(async (error) => {
      if (nameOf(error).startsWith('NoSuchEntity')) throw notGranted(account.target.resourceId)
      throw error
    })
    if (session.issuedAt >= newer) return session
  }
}
