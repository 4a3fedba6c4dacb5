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
  return nullIfGone(async () => {
    const [{ Role }, inline, attached] = await Promise.all([
      iam.getRole({ RoleName }),
      inlineDocuments(iam, RoleName),
      attachedPolicies(iam, RoleName),
    ])
    if (!Role) return null
    return {
      arn: Role.Arn ?? '',
      path: Role.Path ?? '/',
      trust: readPolicy(Role.AssumeRolePolicyDocument),
      boundary: Role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      inline,
      attached,
    }
  })
}

export async function isRoleThere(iam: IAM, RoleName: string): Promise<boolean> {
  return (await nullIfGone(() => iam.getRole({ RoleName }))) !== null
}

/** The ARN of a role and the names of its inline policies. Null: there is no such role. */
export function lookAtRole(
  iam: IAM,
  RoleName: string,
): Promise<{ arn: string; inline: readonly string[] } | null> {
  return nullIfGone(async () => {
    const [{ Role }, inline] = await Promise.all([iam.getRole({ RoleName }), inlinePolicies(iam, RoleName)])
    return Role ? { arn: Role.Arn ?? '', inline } : null
  })
}

/** Null: there is no such policy. */
export function readInline(iam: IAM, RoleName: string, PolicyName: string): Promise<PolicyDocument | null> {
  return nullIfGone(async () =>
    readPolicy((await iam.getRolePolicy({ RoleName, PolicyName })).PolicyDocument),
  )
}

async function inlineDocuments(iam: IAM, RoleName: string): Promise<Map<string, PolicyDocument | null>> {
  const names = await inlinePolicies(iam, RoleName)
  const read = names.map(async (PolicyName) => {
    const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName })
    return [PolicyName, readPolicy(PolicyDocument)] as const
  })
  return new Map(await Promise.all(read))
}

async function nullIfGone<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read()
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
