import type { Statement } from '../schema.ts'

/** A policy as IAM keeps it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly object[]
}

export function policyOf(statements: readonly object[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}

/** What would let somebody keep access beyond the lease, or make access for others. No role of a lease may do it. */
const never = [
  'iam:*',
  'sts:AssumeRole',
  'sts:AssumeRoot',
  'sso:*',
  'sso-directory:*',
  'identitystore:*',
  'organizations:*',
  'account:*',
] as const

/** AWS itself denies everything from the end of the lease on, to the sessions that were opened before too. */
export function endStatement(until: Date): Statement {
  return {
    Sid: 'DaypassEnd',
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': instant(until) } },
  }
}

export function neverStatement(): Statement {
  return { Sid: 'DaypassNever', Effect: 'Deny', Action: [...never], Resource: '*' }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
export function olderSessionsStatement(issuedBefore: string): Statement {
  return {
    Sid: 'DaypassOlderSessions',
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateLessThan: { 'aws:TokenIssueTime': issuedBefore } },
  }
}

export function endedPolicy(): PolicyDocument {
  return policyOf([{ Sid: 'DaypassEnded', Effect: 'Deny', Action: '*', Resource: '*' }])
}

/** Who may open a session of the role of a lease: Daypass alone, for this lease, until its end. */
export function trustPolicy(caller: Caller, sourceIdentity: string, until: Date): PolicyDocument {
  return policyOf([
    {
      Effect: 'Allow',
      // The condition names the caller: an assumed role does not know the path of its own role.
      Principal: { AWS: `arn:${caller.partition}:iam::${caller.account}:root` },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      Condition: {
        ArnLike: { 'aws:PrincipalArn': [...caller.principals] },
        StringEquals: { 'sts:SourceIdentity': sourceIdentity },
        DateLessThan: { 'aws:CurrentTime': instant(until) },
      },
    },
  ])
}

/** Daypass, as AWS knows it. */
export interface Caller {
  readonly partition: string
  readonly account: string
  /** ARNs of the user or the role, with `*` for an unknown path. */
  readonly principals: readonly string[]
  /** Its credentials are the session of a role, from which AWS lets sessions last one hour at most. */
  readonly isSession: boolean
}

/** Reads the ARN of GetCallerIdentity. Null: it can open no sessions of roles, as the root user cannot. */
export function callerOf(arn: string): Caller | null {
  const [, partition = '', service, , account = '', ...rest] = arn.split(':')
  const resource = rest.join(':')
  if (service === 'iam' && resource.startsWith('user/'))
    return { partition, account, principals: [arn], isSession: false }
  const role = /^assumed-role\/([^/]+)\//.exec(resource)?.[1]
  if (service !== 'sts' || role === undefined) return null
  const of = `arn:${partition}:iam::${account}:role/`
  return { partition, account, principals: [`${of}${role}`, `${of}*/${role}`], isSession: true }
}

/** Whole seconds, rounded down: IAM compares no finer. */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** IAM gives documents percent-encoded. Null: this is none. */
export function readPolicy(text: string | undefined): PolicyDocument | null {
  try {
    const read: unknown = JSON.parse(decodeURIComponent(text ?? ''))
    return typeof read === 'object' && read !== null ? (read as PolicyDocument) : null
  } catch {
    return null
  }
}

/** The instant before which sessions of the role are denied; null where none are. */
export function deniedBefore(guard: PolicyDocument | null): string | null {
  const text = JSON.stringify(guard ?? {})
  return /"DateLessThan":\{"aws:TokenIssueTime":"([^"]+)"\}/.exec(text)?.[1] ?? null
}
