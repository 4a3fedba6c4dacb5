import type { InstanceInformation } from '@aws-sdk/client-ssm'
import { ConnectorError, type Facts, type RunOrder } from '../../../domain/connector.ts'
import type { Aws, Target } from '../target.ts'
import { commandParameters } from './operation.ts'
import type { AwsAction, CommandContent } from './schema.ts'

/** The document and the instances are there, and the values fit. Resolves with the mark of the run. Throws what is wrong. */
export async function readyCommand(
  aws: Aws,
  { resourceId }: Target,
  { content, values, runId }: RunOrder<AwsAction>,
): Promise<Facts> {
  const { command } = content
  if (!command) throw unfit(resourceId, 'the action has no command.')
  commandParameters(command, values)
  const problem = (await problemOfDocument(aws, command)) ?? (await problemOfInstances(aws, command))
  if (problem !== null) throw unfit(resourceId, `${problem}.`)
  const instances = (await onlineInstances(aws, command)).map(({ InstanceId }) => InstanceId ?? '').toSorted()
  return { run: runId, since: aws.now().toISOString(), instances }
}

/** Why the document cannot be run. Null: it can. */
export async function problemOfDocument(
  aws: Aws,
  { document, version, sha256 }: CommandContent,
): Promise<string | null> {
  const { Document: found } = await (await aws.ssm()).describeDocument({
    Name: document,
    DocumentVersion: `${version}`,
  })
  if (found?.DocumentType !== 'Command')
    return `the document ${document} is of the type ${found?.DocumentType}, and only those of the type Command can be run`
  if (sha256 !== undefined && found.Hash?.toLowerCase() !== sha256)
    return `version ${version} of the document ${document} has another hash (${found.HashType} ${found.Hash})`
  return null
}

/** Why it cannot be run on these instances now. Null: it can. */
export async function problemOfInstances(aws: Aws, command: CommandContent): Promise<string | null> {
  const online = await onlineInstances(aws, command)
  const { instances, tag } = command
  if (tag) {
    const { key, value, most } = tag
    if (online.length === 0) return `no instance with the tag ${key} = ${value} answers Systems Manager`
    if (online.length <= most) return null
    return `${online.length} instances have the tag ${key} = ${value}, and the catalog permits ${most} at the most`
  }
  const missing = (instances ?? []).filter((id) => !online.some(({ InstanceId }) => InstanceId === id))
  if (missing.length === 0) return null
  return `${missing.join(', ')}: the instance is not managed by Systems Manager here, or does not answer it now`
}

async function onlineInstances(aws: Aws, { instances, tag }: CommandContent): Promise<InstanceInformation[]> {
  const ssm = await aws.ssm()
  const Filters = tag
    ? [{ Key: `tag:${tag.key}`, Values: [tag.value] }]
    : [{ Key: 'InstanceIds', Values: [...(instances ?? [])] }]
  const found: InstanceInformation[] = []
  let NextToken: string | undefined
  do {
    const page = await ssm.describeInstanceInformation({
      Filters,
      MaxResults: 50,
      ...(NextToken && { NextToken }),
    })
    found.push(...(page.InstanceInformationList ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return found.filter(({ PingStatus }) => PingStatus === 'Online')
}

function unfit(resourceId: string, what: string): ConnectorError {
  return new ConnectorError('misconfigured', `${resourceId}: ${what}`, { retryable: false })
}
