import type { Facts, RunOrder, RunResult } from '../../../domain/connector.ts'
import type { Aws } from '../target.ts'
import { commandParameters } from './operation.ts'
import type { AwsAction } from './schema.ts'

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html (`TimeoutSeconds`), in seconds. */
const shortestDelivery = 30

/** Sends it to the instances of the mark, once. AWS has no token against a second one, so that the comment says whose it is. */
export async function sendCommand(
  aws: Aws,
  order: RunOrder<AwsAction>,
  { instances }: Facts,
): Promise<RunResult> {
  const { content, values } = order
  const { command, limits } = content
  if (!command) return { kind: 'undone', code: 'misconfigured', message: 'The action has no command.' }
  const { document, version, sha256 } = command
  const { Command: sent } = await (await aws.ssm()).sendCommand({
    DocumentName: document,
    DocumentVersion: `${version}`,
    ...(sha256 !== undefined && { DocumentHash: sha256, DocumentHashType: 'Sha256' }),
    InstanceIds: Array.isArray(instances) ? [...instances] : [],
    Parameters: commandParameters(command, values),
    Comment: commentOf(order),
    // An instance that does not take it in this time never runs it.
    TimeoutSeconds: Math.max(shortestDelivery, limits.seconds),
    // All of them: one that fails does not keep the others from it, and the result names it.
    MaxErrors: '100%',
  })
  const progress = 'AWS took it.'
  const id = sent?.CommandId
  return { kind: 'under_way', progress, ...(id !== undefined && { found: { command: id } }) }
}

/** The mark at AWS: 100 characters at the most. */
export function commentOf({ runId, reference }: Pick<RunOrder, 'runId' | 'reference'>): string {
  return `daypass run ${runId} ${reference}`.slice(0, 100)
}
