import { z } from 'zod'

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html */
const mostInstances = 50
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a function runs for so long at most. */
const longestCall = 900

const command = z
  .strictObject({
    document: z
      .string()
      .regex(
        /^([A-Za-z0-9_.-]{3,128}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:document\/[A-Za-z0-9_.-]{3,128})$/,
        'expected the name of a document, or the ARN of one of another account',
      )
      .describe('The SSM document of the type Command: orders-restart, or AWS-RunShellScript'),
    version: z.int().min(1).describe('Its version, as a number. A version does not change'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in small hex digits')
      .optional()
      .describe('The hash that AWS shows for this version. AWS then refuses any other content'),
    instances: z
      .array(
        z
          .string()
          .regex(/^(i-([0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/, 'expected an id such as i-0abc…'),
      )
      .min(1)
      .max(mostInstances)
      .optional()
      .describe('The managed instances on which it runs, by their ids'),
    tag: z
      .strictObject({
        key: z.string().min(1).max(128).describe('The key of the tag'),
        value: z.string().min(1).max(256).describe('Its value'),
        most: z
          .int()
          .min(1)
          .max(mostInstances)
          .describe('How many instances it may be. Where more have the tag, nothing is run'),
      })
      .optional()
      .describe('In place of `instances`: those with this tag that answer when it begins'),
    parameters: z
      .record(
        z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'expected the name of a parameter of the document'),
        z.array(z.string().min(1).max(2_000)).min(1).max(20),
      )
      .default({})
      .describe(
        'Parameters of the document, each a list. A parameter of the action is a whole entry: `:service`',
      ),
  })
  .refine(({ instances, tag }) => (instances === undefined) !== (tag === undefined), {
    message: 'write either `instances` or `tag`',
  })

const lambda = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the name of a function of the account and the region')
    .describe('The Lambda function: refund-order'),
  version: z
    .union([
      z.int().min(1),
      z.string().regex(/^(?!\d+$)[A-Za-z0-9_-]{1,128}$/, 'expected a number, or an alias'),
    ])
    .describe('Its version, as a number, or an alias. Who may move the alias decides what it does'),
  payload: z
    .record(z.string().max(100), z.unknown())
    .default({})
    .describe(
      'The event that it gets, as JSON. A parameter is a whole text: `:order` gives a text, `:order:number` a number',
    ),
})

/** The connector's own part of an action: a command of Systems Manager, or a call of a function. */
export const actionSchema = z
  .strictObject({
    command: command.optional().describe('Runs an SSM document on managed instances'),
    function: lambda.optional().describe('Calls a Lambda function, and waits for its answer'),
    limits: z
      .strictObject({
        seconds: z
          .int()
          .min(1)
          .max(172_800)
          .default(300)
          .describe(
            'Longest time. A command is cancelled after it. No shorter than the timeout of a function',
          ),
        bytes: z.int().min(1).max(500_000).default(100_000).describe('Most bytes of the output'),
      })
      .prefault({})
      .describe('Its limits. An output that reaches its limit is cut'),
  })
  .refine(({ command, function: called }) => (command === undefined) !== (called === undefined), {
    message: 'expected one of `command` and `function`',
  })
  .refine(({ function: called, limits }) => called === undefined || limits.seconds <= longestCall, {
    path: ['limits', 'seconds'],
    message: `a function runs for ${longestCall} seconds at the most`,
  })
export type AwsAction = z.output<typeof actionSchema>
export type CommandContent = NonNullable<AwsAction['command']>
export type FunctionContent = NonNullable<AwsAction['function']>
