import { randomUUID } from 'node:crypto'
import type { Problem } from '../../../domain/problem.ts'
import { isAccessDenied, isNotFound, nameOf } from '../errors.ts'
import type { Aws, Target } from '../target.ts'
import { lookAtFunction } from './function.ts'
import { problemOfDocument, problemOfInstances } from './ready-command.ts'
import { remedyFor } from './rights.ts'
import type { AwsAction, CommandContent, FunctionContent } from './schema.ts'

/** Whether each action could be run now. It runs none. */
export function runProblems(target: Target, actions: ReadonlyMap<string, AwsAction>): Promise<Problem[]> {
  if (actions.size === 0) return Promise.resolve([])
  return target.operation(async (aws) => {
    const { Account = '' } = await (await aws.sts()).getCallerIdentity({})
    const place = { region: target.settings.region, account: Account }
    const problems: Problem[] = []
    for (const [id, { command, function: called, limits }] of actions) {
      const found = command
        ? await commandProblems(aws, command)
        : called
          ? await functionProblems(aws, called, limits.seconds)
          : []
      for (const { what, isRight } of found) {
        const remedy = isRight
          ? remedyFor(place, command, called)
          : 'Correct the catalog, or what it names at AWS.'
        problems.push({ what: `${id}: ${what}`, remedy })
      }
    }
    return problems
  })
}

interface Found {
  readonly what: string
  /** Daypass lacks a right. */
  readonly isRight: boolean
}

/** AWS cannot be asked for the right to send a command without sending one. */
async function commandProblems(aws: Aws, command: CommandContent): Promise<Found[]> {
  const ssm = await aws.ssm()
  // No command has this id, so that nothing is read or cancelled.
  const CommandId = randomUUID()
  const [InstanceId = 'i-00000000000000000'] = command.instances ?? []
  return asked([
    ['ssm:DescribeDocument', () => problemOfDocument(aws, command)],
    ['ssm:DescribeInstanceInformation', () => problemOfInstances(aws, command)],
    ['ssm:ListCommands', () => unlessUnknown(ssm.listCommands({ CommandId }))],
    ['ssm:ListCommandInvocations', () => unlessUnknown(ssm.listCommandInvocations({ CommandId }))],
    ['ssm:GetCommandInvocation', () => unlessUnknown(ssm.getCommandInvocation({ CommandId, InstanceId }))],
    ['ssm:CancelCommand', () => unlessUnknown(ssm.cancelCommand({ CommandId }))],
  ])
}

async function functionProblems(aws: Aws, called: FunctionContent, seconds: number): Promise<Found[]> {
  const lambda = await aws.lambda()
  const place = { FunctionName: called.name, Qualifier: `${called.version}` }
  return asked([
    ['lambda:GetFunctionConfiguration', async () => (await lookAtFunction(aws, called, seconds)).problem],
    // A trial, which does not call it: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    ['lambda:InvokeFunction', () => unlessUnknown(lambda.invoke({ ...place, InvocationType: 'DryRun' }))],
  ])
}

type Question = readonly [right: string, ask: () => Promise<string | null>]

async function asked(questions: readonly Question[]): Promise<Found[]> {
  const found: Found[] = []
  for (const [right, ask] of questions) {
    try {
      const what = await ask()
      if (what !== null) found.push({ what, isRight: false })
    } catch (error) {
      if (isAccessDenied(error)) found.push({ what: `Daypass lacks ${right}`, isRight: true })
      else if (isNotFound(error) || /^Invalid(Document\w*|InstanceId)$/.test(nameOf(error)))
        found.push({ what: `AWS does not have this (${nameOf(error)} at ${right})`, isRight: false })
      else throw error
    }
  }
  return found
}

/** Null where AWS answers, also that there is no such command. */
async function unlessUnknown(answer: Promise<unknown>): Promise<null> {
  try {
    await answer
  } catch (error) {
    const isExpected = isNotFound(error) || /^(InvalidCommandId|InvocationDoesNotExist)$/.test(nameOf(error))
    if (!isExpected) throw error
  }
  return null
}
