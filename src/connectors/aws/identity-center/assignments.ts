import type { AccountAssignmentOperationStatus, SSOAdmin } from '@aws-sdk/client-sso-admin'
import { ConnectorError } from '../../../domain/connector.ts'
import { isConflict, isNotFound, plainText } from '../errors.ts'
import type { Aws } from '../target.ts'
import { type Center, findInstance } from './center.ts'

/** A permission set in an account, for one user. */
export interface Assignment {
  readonly account: string
  readonly permissionSet: string
  readonly user: string
}

type Kind = 'creation' | 'deletion'
type Status = AccountAssignmentOperationStatus

const inProgressSentence =
  'AWS is still working on the assignment (IN_PROGRESS). The next attempt waits for the same request.'

/** Somebody who changes it back at the same moment is met so many times. */
const mostChanges = 4
/** After AWS said that it is done, the list may show it a little later. */
const mostLooks = 8

/**
 * Assigns or takes the assignment away. Resolves when AWS says SUCCEEDED, nothing is in progress, and a read-back shows it. AWS
 * works for seconds, sometimes for minutes: if that takes longer than the operation, the next one goes on with the same request.
 * `isNew`: it is not known that AWS ever said SUCCEEDED, so that a listed assignment proves nothing.
 */
export async function setAssigned(
  center: Center,
  aws: Aws,
  assignment: Assignment,
  isAssigned: boolean,
  isNew = false,
): Promise<Date> {
  const kind: Kind = isAssigned ? 'creation' : 'deletion'
  let mustWrite = isNew
  let waits = 0
  for (let changes = 0; ; ) {
    await untilNothingIsInProgress(center, aws, assignment)
    if (!mustWrite && (await showsSoon(center, aws, assignment, isAssigned, changes > 0))) return aws.now()
    if (changes === mostChanges) throw changedBack(center, assignment, isAssigned)
    const request = await start(center, aws, assignment, kind)
    if (request !== 'busy') changes += 1
    if (request === 'busy') await aws.wait(waits++, inProgressSentence)
    else if (request !== 'gone') await untilSucceeded(center, aws, assignment, kind, request)
    mustWrite = false
  }
}

/** Whether the account shows the assignment, in the list that has those of all users and groups. */
export async function isAssigned(center: Center, aws: Aws, assignment: Assignment): Promise<boolean> {
  return (await principalsOf(center, aws, assignment)).some(
    ({ type, id }) => type === 'USER' && id === assignment.user,
  )
}

export async function isAssignedToGroup(
  center: Center,
  aws: Aws,
  place: Pick<Assignment, 'account' | 'permissionSet'>,
  group: string,
): Promise<boolean> {
  return (await principalsOf(center, aws, place)).some(({ type, id }) => type === 'GROUP' && id === group)
}

async function principalsOf(
  center: Center,
  aws: Aws,
  { account, permissionSet }: Pick<Assignment, 'account' | 'permissionSet'>,
): Promise<{ type: string; id: string }[]> {
  const found: { type: string; id: string }[] = []
  const sso = await aws.sso()
  let NextToken: string | undefined
  try {
    do {
      const page = await sso.listAccountAssignments({
        InstanceArn: center.settings.instance,
        AccountId: account,
        PermissionSetArn: permissionSet,
        ...(NextToken && { NextToken }),
      })
      for (const { PrincipalType, PrincipalId } of page.AccountAssignments ?? [])
        found.push({ type: PrincipalType ?? '', id: PrincipalId ?? '' })
      NextToken = page.NextToken
    } while (NextToken)
    return found
  } catch (error) {
    if (!isNotFound(error)) throw error
    // AWS deletes no permission set that is assigned. An instance that is not there says nothing of its assignments.
    await findInstance(center.target, center.settings, aws)
    return []
  }
}

async function showsSoon(
  center: Center,
  aws: Aws,
  assignment: Assignment,
  isWanted: boolean,
  isChanged: boolean,
): Promise<boolean> {
  for (let look = 0; ; look += 1) {
    if ((await isAssigned(center, aws, assignment)) === isWanted) return true
    // A duplicate needs another deletion, and is seen at once.
    if (!isChanged || look === (isWanted ? mostLooks : 1)) return false
    await aws.wait(look)
  }
}

/** The id of the request at AWS; `busy` while AWS does something else to the same; `gone` where there is nothing to delete. */
async function start(
  center: Center,
  aws: Aws,
  { account, permissionSet, user }: Assignment,
  kind: Kind,
): Promise<Status | 'busy' | 'gone'> {
  const sso = await aws.sso()
  const input = {
    InstanceArn: center.settings.instance,
    TargetId: account,
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: permissionSet,
    PrincipalType: 'USER',
    PrincipalId: user,
  } as const
  try {
    const status =
      kind === 'creation'
        ? (await sso.createAccountAssignment(input)).AccountAssignmentCreationStatus
        : (await sso.deleteAccountAssignment(input)).AccountAssignmentDeletionStatus
    return status ?? {}
  } catch (error) {
    if (isConflict(error)) return 'busy'
    if (kind === 'deletion' && isNotFound(error)) return 'gone'
    throw error
  }
}

/** Polls until AWS says how it ended. Nobody is told anything before. */
async function untilSucceeded(
  center: Center,
  aws: Aws,
  assignment: Assignment,
  kind: Kind,
  started: Status,
): Promise<void> {
  const sso = await aws.sso()
  let status = started
  for (let turn = 0; status.Status !== 'SUCCEEDED'; turn += 1) {
    if (status.Status === 'FAILED') throw failed(center, assignment, kind, status.FailureReason)
    await aws.wait(turn, inProgressSentence)
    status = await statusOf(center, sso, kind, started.RequestId)
  }
}

/**
 * A creation that goes on would bring back what is taken away, and a deletion would take away what is given: also those that an
 * earlier attempt began, or somebody else.
 */
async function untilNothingIsInProgress(center: Center, aws: Aws, assignment: Assignment): Promise<void> {
  const sso = await aws.sso()
  const [creations, deletions] = [
    await inProgress(center, sso, 'creation'),
    await inProgress(center, sso, 'deletion'),
  ]
  const all = [
    ...creations.map((id) => ({ kind: 'creation', id }) as const),
    ...deletions.map((id) => ({ kind: 'deletion', id }) as const),
  ]
  for (const { kind, id } of all) {
    for (let turn = 0; ; turn += 1) {
      const status = await statusOf(center, sso, kind, id)
      if (status.Status !== 'IN_PROGRESS' || !isOf(status, assignment)) break
      await aws.wait(turn, inProgressSentence)
    }
  }
}

async function inProgress({ settings }: Center, sso: SSOAdmin, kind: Kind): Promise<string[]> {
  const found: string[] = []
  let NextToken: string | undefined
  do {
    const input = {
      InstanceArn: settings.instance,
      Filter: { Status: 'IN_PROGRESS' },
      ...(NextToken && { NextToken }),
    } as const
    const page =
      kind === 'creation'
        ? await sso.listAccountAssignmentCreationStatus(input).then((answer) => ({
            ...answer,
            all: answer.AccountAssignmentsCreationStatus,
          }))
        : await sso.listAccountAssignmentDeletionStatus(input).then((answer) => ({
            ...answer,
            all: answer.AccountAssignmentsDeletionStatus,
          }))
    for (const { RequestId, Status } of page.all ?? [])
      if (RequestId && Status === 'IN_PROGRESS') found.push(RequestId)
    NextToken = page.NextToken
  } while (NextToken)
  return found
}

/** Empty where AWS does not know the request yet. */
async function statusOf(
  { settings: { instance } }: Center,
  sso: SSOAdmin,
  kind: Kind,
  id: string | undefined,
): Promise<Status> {
  try {
    if (kind === 'deletion') {
      const input = { InstanceArn: instance, AccountAssignmentDeletionRequestId: id }
      return (await sso.describeAccountAssignmentDeletionStatus(input)).AccountAssignmentDeletionStatus ?? {}
    }
    const input = { InstanceArn: instance, AccountAssignmentCreationRequestId: id }
    return (await sso.describeAccountAssignmentCreationStatus(input)).AccountAssignmentCreationStatus ?? {}
  } catch (error) {
    if (isNotFound(error)) return {}
    throw error
  }
}

function isOf(status: Status, { account, permissionSet, user }: Assignment): boolean {
  return (
    status.TargetId === account && status.PermissionSetArn === permissionSet && status.PrincipalId === user
  )
}

function failed(
  { target: { resourceId } }: Center,
  { account }: Assignment,
  kind: Kind,
  reason = 'no reason',
): ConnectorError {
  const what = kind === 'creation' ? 'assign the permission set' : 'take the permission set away'
  const message = `${resourceId}: AWS could not ${what} in account ${account}. It says: ${plainText(reason)}`
  return new ConnectorError(kind === 'creation' ? 'conflict' : 'still_present', message, { retryable: true })
}

function changedBack(
  { target: { resourceId } }: Center,
  { account, user }: Assignment,
  isAssigned: boolean,
): ConnectorError {
  const what = isAssigned ? 'still has no assignment' : 'is still assigned'
  const message = `${resourceId}: ${user} ${what} in account ${account}, though AWS said SUCCEEDED each time. Somebody changes it back, or AWS is late.`
  return new ConnectorError(isAssigned ? 'conflict' : 'still_present', message, { retryable: true })
}
