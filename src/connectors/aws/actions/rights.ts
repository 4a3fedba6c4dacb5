import type { CommandContent, FunctionContent } from './schema.ts'

interface Place {
  readonly region: string
  readonly account: string
}

/** The statements that give Daypass what an action needs, to be pasted into its policy. */
export function remedyFor(
  place: Place,
  command: CommandContent | undefined,
  called: FunctionContent | undefined,
): string {
  const statements = command
    ? commandStatements(place, command)
    : called
      ? [functionStatement(place, called)]
      : []
  return `Add to the policy of Daypass: ${JSON.stringify(statements)}`
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html */
function commandStatements(place: Place, command: CommandContent): object[] {
  const { region, account } = place
  const { document, instances, tag } = command
  // Those of AWS have no account.
  const owner = /^(AWS|Amazon)[A-Z]*-/.test(document) ? '' : account
  const documentArn = document.startsWith('arn:')
    ? document
    : `arn:aws:ssm:${region}:${owner}:document/${document}`
  const onInstances = tag
    ? {
        Resource: [
          `arn:aws:ec2:${region}:${account}:instance/*`,
          `arn:aws:ssm:${region}:${account}:managed-instance/*`,
        ],
        Condition: { StringEquals: { [`ssm:resourceTag/${tag.key}`]: tag.value } },
      }
    : { Resource: (instances ?? []).map((id) => instanceArn(place, id)) }
  return [
    { Effect: 'Allow', Action: ['ssm:SendCommand', 'ssm:DescribeDocument'], Resource: documentArn },
    { Effect: 'Allow', Action: 'ssm:SendCommand', ...onInstances },
    {
      Effect: 'Allow',
      Action: [
        'ssm:DescribeInstanceInformation',
        'ssm:ListCommands',
        'ssm:ListCommandInvocations',
        'ssm:GetCommandInvocation',
        'ssm:CancelCommand',
      ],
      Resource: '*',
    },
  ]
}

function instanceArn({ region, account }: Place, id: string): string {
  return id.startsWith('mi-')
    ? `arn:aws:ssm:${region}:${account}:managed-instance/${id}`
    : `arn:aws:ec2:${region}:${account}:instance/${id}`
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
function functionStatement({ region, account }: Place, { name, version }: FunctionContent): object {
  return {
    Effect: 'Allow',
    Action: ['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'],
    Resource: `arn:aws:lambda:${region}:${account}:function:${name}:${version}`,
  }
}
