import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { type AccessOrder, ConnectorError, type Credentials } from '../../../domain/connector.ts'
import { isAccessDenied } from '../errors.ts'
import { shortestSession } from '../schema.ts'
import type { Aws } from '../target.ts'
import { type Account, leaseName, plain, sessionName } from './account.ts'
import type { PolicyDocument } from './policies.ts'

/** A session of a role, as STS gave it. */
export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
  readonly issuedAt: Date
}

export interface SessionPlan {
  readonly role: string
  /** What the session may do of that which the role may. */
  readonly policy?: PolicyDocument
  readonly policies?: readonly string[]
  /** A role that was just made is not known everywhere for some seconds: AWS then denies to open a session. */
  readonly isFresh?: boolean
}

/**
 * Opens a session that lasts as long as the lease, but no longer than the catalog says. AWS opens none of less than 15 minutes:
 * where the lease is shorter, the policies of the session deny everything from its end on.
 */
export async function openSession(
  account: Account,
  aws: Aws,
  order: AccessOrder<unknown>,
  { role, policy, policies, isFresh = false }: SessionPlan,
  mostSeconds = account.target.settings.sessionsLast,
): Promise<Session> {
  const { isSession } = await account.caller(aws)
  const longest = isSession ? Math.min(mostSeconds, 3_600) : mostSeconds
  const remaining = Math.ceil((order.until.getTime() - Date.now()) / 1_000)
  const seconds = Math.min(longest, Math.max(shortestSession, remaining))
  const input: AssumeRoleCommandInput = {
    RoleArn: role,
    RoleSessionName: sessionName(order),
    SourceIdentity: leaseName(order),
    DurationSeconds: seconds,
    ...(policy && { Policy: JSON.stringify(policy) }),
    ...(policies && { PolicyArns: policies.map((arn) => ({ arn })) }),
  }
  const sts = await aws.sts()
  for (let turn = 0; ; turn += 1) {
    try {
      const { Credentials: found } = await sts.assumeRole(input)
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = found ?? {}
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw noSession(account)
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        // AWS gives whole seconds. A session that outlives the lease is denied from its end on.
        expiresAt: seconds >= remaining ? order.until : Expiration,
        issuedAt: new Date(Expiration.getTime() - seconds * 1_000),
      }
    } catch (error) {
      if (!isFresh || !isAccessDenied(error) || turn === 12) throw error
      await aws.wait(turn, 'IAM does not know the new role everywhere yet. Try again in a minute.')
    }
  }
}

/** Temporary keys, shown once. */
export function keysFor(
  { target: { settings } }: Account,
  { reference }: AccessOrder<unknown>,
  role: string,
  session: Session,
): Credentials {
  const profile = `daypass-${plain(reference)
    .replace(/[^\w-]+/g, '-')
    .toLowerCase()}`
  const { region } = settings
  return {
    fields: [
      { label: 'Role', value: role },
      { label: 'Region', value: region },
      { label: 'Access key ID', value: session.accessKeyId },
      { label: 'Secret access key', value: session.secretAccessKey },
      { label: 'Session token', value: session.sessionToken },
      {
        label: `Profile for ~/.aws/credentials`,
        value: [
          `[${profile}]`,
          `aws_access_key_id = ${session.accessKeyId}`,
          `aws_secret_access_key = ${session.secretAccessKey}`,
          `aws_session_token = ${session.sessionToken}`,
          `region = ${region}`,
        ].join('\n'),
      },
    ],
    // The keys are not on the command line, where they would stay in the shell's history.
    commands: [{ label: 'AWS CLI', text: `aws sts get-caller-identity --profile ${profile}` }],
    expiresAt: session.expiresAt,
  }
}

function noSession({ target: { resourceId } }: Account): ConnectorError {
  const message = `${resourceId}: STS opened a session without keys`
  return new ConnectorError('unreachable', message, { retryable: true })
}
