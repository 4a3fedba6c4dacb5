import { z } from 'zod'
import type { Parameter } from '../../../domain/action.ts'
import { parameterOf } from '../../_shared/parameter-place.ts'
import { accountName } from '../schema.ts'

const argument = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'an argument is one line, without control characters')

/** The connector's own part of an action. */
export const actionSchema = z.strictObject({
  command: z
    .array(argument)
    .min(1)
    .max(50)
    .refine(([program = '']) => /^(\/[\w.-]+)+$/.test(program), 'expected the whole path of a program first')
    .describe(
      'The program and its arguments: [/usr/bin/systemctl, restart, ":service"]. A parameter is a whole argument. No shell reads them',
    ),
  runAs: accountName.describe('The account on the host that runs it, such as root'),
  host: z
    .string()
    .min(1)
    .optional()
    .describe('Which host of the resource runs it, by its `address`. Needed where there are several'),
  limits: z
    .strictObject({
      seconds: z.int().min(1).max(3600).default(60).describe('Longest time. After it the command is ended'),
      bytes: z.int().min(1).max(500_000).default(100_000).describe('Most bytes of the output'),
    })
    .prefault({})
    .describe('Its limits. An output that reaches its limit is cut'),
})
export type SshAction = z.output<typeof actionSchema>

/** What `check` finds. */
export function actionProblems({ command }: SshAction, parameters: readonly Parameter[]) {
  const known = parameters.map(({ name }) => name)
  const used = command.flatMap((argument, at) => {
    const parameter = parameterOf(argument)
    return parameter === null ? [] : [{ parameter, before: command[at - 1] ?? '' }]
  })
  return [
    ...used
      .filter(({ parameter }) => !known.includes(parameter))
      .map(({ parameter }) => ({
        key: 'command',
        what: `It names \`:${parameter}\`, which is no parameter.`,
        remedy: `Add \`${parameter}\` to \`parameters\`, or correct the name.`,
      })),
    ...used
      .filter(({ before }) => /^-[a-z]*[ce]$/.test(before))
      .map(({ parameter, before }) => ({
        key: 'command',
        what: `\`:${parameter}\` after \`${before}\` would be read as a program.`,
        remedy: 'Put the program into a file on the host, and give it the parameter as an argument.',
      })),
    ...known
      .filter((name) => !used.some(({ parameter }) => parameter === name))
      .map((name) => ({
        key: 'parameters',
        what: `The command does not name the parameter \`:${name}\`.`,
        remedy: 'Make it an argument, or remove it: people would approve a value that does nothing.',
      })),
  ]
}
