import { createHash } from 'node:crypto'
import { type AccessOrder, ConnectorError } from '../../../domain/connector.ts'
import { grantToken } from '../../_shared/lease-name.ts'
import type { Aws, Target } from '../target.ts'
import { type Caller, callerOf } from './policies.ts'

/** The account in which Daypass makes roles, or opens sessions of prepared ones. */
export interface Account {
  readonly target: Target
  caller(aws: Aws): Promise<Caller>
}

export function openAccount(target: Target): Account {
  let known: Caller | null = null
  return {
    target,
    caller: async (aws) => {
      known ??= await askCaller(target, aws)
      return known
    },
  }
}

async function askCaller({ resourceId }: Target, aws: Aws): Promise<Caller> {
  const sts = await aws.sts()
  const caller = callerOf((await sts.getCallerIdentity({})).Arn ?? '')
  if (caller) return caller
  const message = `${resourceId}: Daypass works as the root user of the account, which opens no sessions of roles. Give it a role or a user of its own.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

/** The name of the role of a lease, and the source identity of its sessions: CloudTrail shows it at every call. */
export function leaseName({ grantId }: Pick<AccessOrder, 'grantId'>): string {
  return `daypass-${grantToken(grantId)}`
}

/** The path of the roles of one resource: roles of another are never listed. */
export function pathOf({ resourceId, settings }: Target): string {
  const base = settings.leaseRoles?.path ?? '/'
  const isPlain = /^[\w+=,.@-]{1,100}$/.test(resourceId)
  return `${base}${isPlain ? resourceId : createHash('sha256').update(resourceId).digest('hex').slice(0, 32)}/`
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (`RoleSessionName`). CloudTrail shows it too. */
export function sessionName({ reference, holder }: AccessOrder<unknown>): string {
  const name = `${reference}-${holder.userId}`.replace(/[^\w+=,.@-]+/g, '_').slice(0, 64)
  return name.length < 2 ? `${name}__` : name
}

/** Text for descriptions and tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 _.:/=+@-]+/g, '_').slice(0, 128)
}

/** Throws where the lease is over by the clock of AWS. */
export function requireFuture({ until }: AccessOrder<unknown>, now: Date): void {
  if (until > now && until > new Date()) return
  const message = `the lease ends ${until.toISOString()}, which is past by the clock of AWS (${now.toISOString()})`
  throw new ConnectorError('conflict', message, { retryable: false })
}

export function notGranted(resourceId: string): ConnectorError {
  const message = `${resourceId}: the lease has ended, or it was not granted`
  return new ConnectorError('not_granted', message, { retryable: false })
}
