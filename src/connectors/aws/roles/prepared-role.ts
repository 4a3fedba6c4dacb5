import type { IAM } from '@aws-sdk/client-iam'
import {
  type AccessOrder,
  ConnectorError,
  type Credentials,
  type Evidence,
} from '../../../domain/connector.ts'
import { grantToken } from '../../_shared/lease-name.ts'
import { isNotFound, nameOf } from '../errors.ts'
import type { AwsEntitlement, AwsSettings } from '../schema.ts'
import type { Aws } from '../target.ts'
import { type Account, leaseName, notGranted, requireFuture } from './account.ts'
import { endStatement, neverStatement, type PolicyDocument, policyOf, readPolicy } from './policies.ts'
import { inlinePolicies, unlessGone } from './role-state.ts'
import { keysFor, openSession, type SessionPlan } from './session.ts'

type Settings = NonNullable<AwsSettings['preparedRoles']>
type Order = AccessOrder<AwsEntitlement>

/** Nothing is changed at the target: sessions are opened when the holder asks. That Daypass can open one is tried. */
export function grantPrepared(account: Account, settings: Settings, order: Order): Promise<Evidence> {
  return account.target.operation(async (aws) => {
    const role = requireRole(account, order)
    requireFuture(order, aws.now())
    await openSession(account, aws, order, planOf(role, order), 900)
    requireFuture(order, aws.now())
    if (settings.denyEnded) await unlessGone(removeDenial(await aws.iam(), role, order))
    return {
      readAt: aws.now(),
      summary: `Sessions of ${role} can be opened with the source identity ${leaseName(order)}, until ${order.until.toISOString()}.`,
      facts: { role, sourceIdentity: leaseName(order), until: order.until.toISOString() },
    }
  })
}

/** Temporary keys, shown once. The session policy denies everything from the end of the lease on. */
export function issuePreparedCredentials(
  account: Account,
  order: AccessOrder<AwsEntitlement | null>,
): Promise<Credentials> {
  return account.target.operation(async (aws) => {
    const { content } = order
    if (content?.role === undefined || order.until <= new Date()) throw notGranted(account.target.resourceId)
    const plan = planOf(content.role, { ...order, content })
    return keysFor(account, order, content.role, await openSession(account, aws, order, plan))
  })
}

/**
 * After the planned end the session policies deny everything. Before it, sessions of this lease are denied by their source
 * identity, where the role may be changed; otherwise they go on until the planned end or their own.
 */
export function revokePrepared(
  account: Account,
  settings: Settings,
  order: AccessOrder<AwsEntitlement | null>,
): Promise<Evidence> {
  return account.target.operation(async (aws) => {
    const sourceIdentity = leaseName(order)
    const role = order.content?.role ?? String(order.given?.role ?? '')
    const end = plannedEnd(order)
    const now = await clockOf(account, aws)
    const facts = { role, sourceIdentity, present: false }
    if (end <= now) {
      const summary = `Sessions of ${role} with the source identity ${sourceIdentity} may do nothing since ${end.toISOString()}.`
      return { readAt: now, summary, facts: { ...facts, denied: false }, proof: 'contract' }
    }
    if (settings.denyEnded && role !== '') {
      const readAt = await denySessions(account, aws, role, order, end)
      const summary = `Sessions of ${role} with the source identity ${sourceIdentity} are denied everything.`
      return { readAt, summary, facts: { ...facts, denied: true }, proof: 'real' }
    }
    const longest = new Date(now.getTime() + account.target.settings.sessionsLast * 1_000)
    return {
      readAt: now,
      summary: `Daypass opens no session of ${role} with the source identity ${sourceIdentity} any more.`,
      facts: { ...facts, denied: false },
      proof: 'contract',
      residualUntil: { at: end < longest ? end : longest, what: 'AWS sessions opened before' },
    }
  })
}

/** Removes denials whose sessions have ended by themselves, so that the role keeps room for others. */
export async function removePastDenials(aws: Aws, role: string): Promise<void> {
  const iam = await aws.iam()
  const RoleName = nameOfRole(role)
  const names = await inlinePolicies(iam, RoleName)
  const now = aws.now().getTime()
  for (const PolicyName of names) {
    const until = /^daypass-end-(\d+)-/.exec(PolicyName)?.[1]
    if (until !== undefined && Number(until) * 1_000 + 60_000 < now)
      await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }))
  }
}

/** The session policy. Where the catalog limits nothing, it allows all that the role may: it is needed for what it denies. */
export function planOf(role: string, { content, until }: Pick<Order, 'content' | 'until'>): SessionPlan {
  const { policies, statements } = content
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
  const allowed = statements ?? (policies ? [] : [everything])
  return {
    role,
    policy: policyOf([...allowed, endStatement(until), neverStatement()]),
    ...(policies && { policies }),
  }
}

export function nameOfRole(role: string): string {
  return role.split('/').pop() ?? role
}

async function denySessions(
  { target: { resourceId } }: Account,
  aws: Aws,
  role: string,
  order: AccessOrder<unknown>,
  end: Date,
): Promise<Date> {
  const iam = await aws.iam()
  const RoleName = nameOfRole(role)
  const PolicyName = denialName(order, end)
  const document = policyOf([
    {
      Sid: 'DaypassEnded',
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceIdentity': leaseName(order) } },
    },
  ])
  try {
    await removePastDenials(aws, role)
    for (let look = 0; ; look += 1) {
      const found = look === 0 ? null : await readDenial(iam, RoleName, PolicyName)
      if (JSON.stringify(found) === JSON.stringify(document)) return aws.now()
      if (look === 5) throw notDenied(resourceId, role)
      if (look > 0) await aws.wait(look)
      await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) })
    }
  } catch (error) {
    // Without its role a session may do nothing.
    if (isNotFound(error)) return aws.now()
    if (nameOf(error).startsWith('LimitExceeded')) throw noRoom(resourceId, role, end)
    throw error
  }
}

async function readDenial(iam: IAM, RoleName: string, PolicyName: string): Promise<PolicyDocument | null> {
  try {
    return readPolicy((await iam.getRolePolicy({ RoleName, PolicyName })).PolicyDocument)
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

async function removeDenial(iam: IAM, role: string, order: AccessOrder<unknown>): Promise<void> {
  const RoleName = nameOfRole(role)
  for (const PolicyName of await inlinePolicies(iam, RoleName))
    if (PolicyName.endsWith(`-${grantToken(order.grantId)}`))
      await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }))
}

/** One policy for each lease, so that two ends at once do not write the same one. It carries its own end. */
function denialName({ grantId }: AccessOrder<unknown>, end: Date): string {
  return `daypass-end-${Math.ceil(end.getTime() / 1_000)}-${grantToken(grantId)}`
}

/** The end that the session policies name: that of the grant, if the order has an earlier one. */
function plannedEnd({ until, given }: AccessOrder<unknown>): Date {
  const granted = new Date(typeof given?.until === 'string' ? given.until : 0)
  return granted > until ? granted : until
}

/** By the clock of AWS: the session policies are compared with it. */
async function clockOf(account: Account, aws: Aws): Promise<Date> {
  const sts = await aws.sts()
  await account.caller(aws)
  await sts.getCallerIdentity({})
  return aws.now()
}

function requireRole({ target }: Account, { content, entitlementId }: Order): string {
  if (content.role !== undefined) return content.role
  const message = `${target.resourceId}: ${entitlementId} names no prepared \`role\`. Correct the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function notDenied(resourceId: string, role: string): ConnectorError {
  const message = `${resourceId}: the denial of ended sessions is not in ${role}, though IAM took it. See in CloudTrail who changes the role.`
  return new ConnectorError('still_present', message, { retryable: true })
}

function noRoom(resourceId: string, role: string, end: Date): ConnectorError {
  const message = `${resourceId}: ${role} has no room for another inline policy, so sessions of the lease go on until ${end.toISOString()}. Remove inline policies of the role.`
  return new ConnectorError('still_present', message, { retryable: true })
}
