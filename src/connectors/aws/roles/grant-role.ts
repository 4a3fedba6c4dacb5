import { isDeepStrictEqual } from 'node:util'
import type { IAM } from '@aws-sdk/client-iam'
import { type AccessOrder, ConnectorError, type Evidence } from '../../../domain/connector.ts'
import { nameOf } from '../errors.ts'
import type { AwsEntitlement, AwsSettings } from '../schema.ts'
import type { Aws } from '../target.ts'
import { type Account, leaseName, pathOf, plain, requireFuture } from './account.ts'
import {
  deniedBefore,
  endStatement,
  neverStatement,
  olderSessionsStatement,
  type PolicyDocument,
  policyOf,
  trustPolicy,
} from './policies.ts'
import { isRoleThere, type RoleState, readRole, unlessGone } from './role-state.ts'

/** Inline policies of the role of a lease. */
export const guardName = 'daypass-guard'
const accessName = 'daypass-access'
export const endedName = 'daypass-ended'

/** IAM may show a change a little later. */
const mostLooks = 8

/**
 * Makes the role of the lease, or brings it to what the order says, and reads it back. What denies stands before what allows.
 * Sessions that are open stay.
 */
export function grantRole(
  account: Account,
  settings: NonNullable<AwsSettings['leaseRoles']>,
  order: AccessOrder<AwsEntitlement>,
): Promise<Evidence> {
  return account.target.operation(async (aws) => {
    requireRoleContent(account, order)
    const caller = await account.caller(aws)
    const iam = await aws.iam()
    const name = leaseName(order)
    const trust = trustPolicy(caller, name, order.until)
    let state = (await isRoleThere(iam, name)) ? await readRole(iam, name) : null
    requireFuture(order, aws.now())
    state ??=
      (await create(account, iam, order, trust, settings.boundary)) ?? (await readSoon(aws, iam, name))
    requireOwn(account, name, state)
    const wanted = wantedOf(order, settings.boundary, trust, state)
    await bring(iam, name, state, wanted)
    const read = await untilWhole(aws, iam, name, wanted)
    return {
      readAt: aws.now(),
      summary: `The role ${name} is there, with ${describe(order.content)}, until ${order.until.toISOString()}.`,
      facts: {
        role: read.arn,
        boundary: settings.boundary,
        policies: read.attached,
        inlinePolicies: [...read.inline.keys()].sort(),
        until: order.until.toISOString(),
      },
    }
  })
}

interface Wanted {
  readonly trust: PolicyDocument
  readonly boundary: string
  readonly inline: ReadonlyMap<string, PolicyDocument>
  readonly attached: readonly string[]
}

function wantedOf(
  order: AccessOrder<AwsEntitlement>,
  boundary: string,
  trust: PolicyDocument,
  state: RoleState,
): Wanted {
  const { policies = [], statements } = order.content
  const inline = new Map([
    [guardName, guardOf(order.until, deniedBefore(state.inline.get(guardName) ?? null))],
  ])
  if (statements) inline.set(accessName, policyOf(statements))
  return { trust, boundary, inline, attached: policies }
}

/** `issuedBefore`: sessions that were issued before this instant are denied. */
export function guardOf(until: Date, issuedBefore: string | null): PolicyDocument {
  const older = issuedBefore === null ? [] : [olderSessionsStatement(issuedBefore)]
  return policyOf([endStatement(until), neverStatement(), ...older])
}

/** The new role; null where another attempt was faster. Whether that is the role of this lease is read then. */
async function create(
  { target }: Account,
  iam: IAM,
  order: AccessOrder<unknown>,
  trust: PolicyDocument,
  boundary: string,
): Promise<RoleState | null> {
  const path = pathOf(target)
  try {
    const { Role } = await iam.createRole({
      RoleName: leaseName(order),
      Path: path,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      PermissionsBoundary: boundary,
      Description: plain(`Daypass lease ${order.reference} of ${order.holder.displayName}`),
      // AWS takes no less than an hour: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
      MaxSessionDuration: Math.max(3_600, target.settings.sessionsLast),
      Tags: [
        { Key: 'daypass:resource', Value: plain(target.resourceId) },
        { Key: 'daypass:request', Value: plain(order.reference) },
        { Key: 'daypass:holder', Value: plain(order.holder.userId) },
      ],
    })
    return { arn: Role?.Arn ?? '', path, trust, boundary, inline: new Map(), attached: [] }
  } catch (error) {
    if (nameOf(error).startsWith('EntityAlreadyExists')) return null
    throw error
  }
}

async function readSoon(aws: Aws, iam: IAM, name: string): Promise<RoleState> {
  for (let look = 0; ; look += 1) {
    const state = await readRole(iam, name)
    if (state) return state
    if (look === mostLooks) throw changed(name)
    await aws.wait(look)
  }
}

async function bring(iam: IAM, RoleName: string, state: RoleState, wanted: Wanted): Promise<void> {
  if (state.boundary !== wanted.boundary)
    await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: wanted.boundary })
  for (const [PolicyName, document] of wanted.inline)
    if (!isDeepStrictEqual(state.inline.get(PolicyName), document))
      await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) })
  if (!isDeepStrictEqual(state.trust, wanted.trust))
    await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: JSON.stringify(wanted.trust) })
  for (const PolicyArn of wanted.attached)
    if (!state.attached.includes(PolicyArn)) await iam.attachRolePolicy({ RoleName, PolicyArn })
  for (const PolicyArn of state.attached)
    if (!wanted.attached.includes(PolicyArn)) await unlessGone(iam.detachRolePolicy({ RoleName, PolicyArn }))
  for (const PolicyName of state.inline.keys())
    if (!wanted.inline.has(PolicyName)) await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }))
}

async function untilWhole(aws: Aws, iam: IAM, name: string, wanted: Wanted): Promise<RoleState> {
  for (let look = 0; ; look += 1) {
    const state = await readRole(iam, name)
    if (state && isWhole(state, wanted)) return state
    if (look === mostLooks) throw changed(name)
    await aws.wait(look)
  }
}

/** The guard may name an older instant, where credentials were issued meanwhile: then it is another attempt that is right. */
function isWhole(state: RoleState, wanted: Wanted): boolean {
  const guard = state.inline.get(guardName) ?? null
  const newer = deniedBefore(guard)
  const inline = [...wanted.inline].every(
    ([name, document]) =>
      isDeepStrictEqual(state.inline.get(name), document) ||
      (name === guardName &&
        newer !== null &&
        isDeepStrictEqual(withoutOlder(guard), withoutOlder(document))),
  )
  return (
    inline &&
    state.inline.size === wanted.inline.size &&
    state.boundary === wanted.boundary &&
    isDeepStrictEqual(state.trust, wanted.trust) &&
    isDeepStrictEqual([...state.attached].sort(), [...wanted.attached].sort())
  )
}

function withoutOlder(document: PolicyDocument | null): readonly object[] | undefined {
  return document?.Statement.slice(0, 2)
}

function requireRoleContent(
  { target }: Account,
  { entitlementId, content }: AccessOrder<AwsEntitlement>,
): void {
  if (content.role === undefined && content.permissionSet === undefined) return
  const message = `${target.resourceId}: ${entitlementId} gives no role of the lease, and this resource makes such roles. Correct the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

/** A role elsewhere with our name was not made here. It is not changed. */
function requireOwn({ target }: Account, name: string, { path }: RoleState): void {
  if (path === pathOf(target)) return
  const message = `${target.resourceId}: a role ${name} exists under ${path}, which Daypass did not make for this resource. Remove it, or ask again.`
  throw new ConnectorError('conflict', message, { retryable: false })
}

function changed(name: string): ConnectorError {
  const message = `${name} is not as it was written: somebody changes it, or IAM is late`
  return new ConnectorError('conflict', message, { retryable: true })
}

function describe({ policies = [], statements }: AwsEntitlement): string {
  const names = policies.map((arn) => arn.split('/').pop())
  return [...names, ...(statements ? ['its own statements'] : [])].join(', ')
}
