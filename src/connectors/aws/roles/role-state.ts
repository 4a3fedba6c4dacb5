import type { IAM } from '@aws-sdk/client-iam'
import { isNotFound } from '../errors.ts'
import { type PolicyDocument, readPolicy } from './policies.ts'

/** A role as IAM shows it. */
export interface RoleState {
  readonly arn: string
  readonly path: string
  readonly trust: PolicyDocument | null
  readonly boundary: string | null
  readonly inline: ReadonlyMap<string, PolicyDocument | null>
  readonly attached: readonly string[]
}

/** Null: there is no such role. */
export async function readRole(iam: IAM, RoleName: string): Promise<RoleState | null> {
  try {
    const { Role } = await iam.getRole({ RoleName })
    if (!Role) return null
    const names = await inlinePolicies(iam, RoleName)
    const inline = new Map<string, PolicyDocument | null>()
    for (const PolicyName of names) {
      const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName })
      inline.set(PolicyName, readPolicy(PolicyDocument))
    }
    return {
      arn: Role.Arn ?? '',
      path: Role.Path ?? '/',
      trust: readPolicy(Role.AssumeRolePolicyDocument),
      boundary: Role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      inline,
      attached: await attachedPolicies(iam, RoleName),
    }
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

export async function inlinePolicies(iam: IAM, RoleName: string): Promise<string[]> {
  const found: string[] = []
  let Marker: string | undefined
  do {
    const page = await iam.listRolePolicies({ RoleName, ...(Marker && { Marker }) })
    found.push(...(page.PolicyNames ?? []))
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker)
  return found
}

export async function attachedPolicies(iam: IAM, RoleName: string): Promise<string[]> {
  const found: string[] = []
  let Marker: string | undefined
  do {
    const page = await iam.listAttachedRolePolicies({ RoleName, ...(Marker && { Marker }) })
    for (const { PolicyArn } of page.AttachedPolicies ?? []) if (PolicyArn) found.push(PolicyArn)
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker)
  return found
}

/** For things that somebody may have removed in the same moment: what is gone is gone. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
