import type { Parameter } from '../../../domain/action.ts'
import { parameterOf } from '../../_shared/parameter-place.ts'
import { numberParameterOf, placesOf } from './places.ts'
import type { AwsAction } from './schema.ts'

interface Fault {
  readonly key: string
  readonly what: string
  readonly remedy: string
}

/** What `check` finds in an action. */
export function actionProblems(
  { command, function: called }: AwsAction,
  parameters: readonly Parameter[],
): Fault[] {
  const key = command ? 'command' : 'function'
  const places = placesOf(command?.parameters ?? called?.payload ?? {})
  const used = places.map((written) => parameterOf(written) ?? numberParameterOf(written) ?? '')
  const types = new Map(parameters.map(({ name, type }) => [name, type]))
  return [
    ...used
      .filter((name) => !types.has(name))
      .map((name) => ({
        key,
        what: `It names \`:${name}\`, which is no parameter.`,
        remedy: `Add \`${name}\` to \`parameters\`, or correct the name.`,
      })),
    ...parameters
      .filter(({ name }) => !used.includes(name))
      .map(({ name }) => ({
        key: 'parameters',
        what: `The operation does not name the parameter \`:${name}\`.`,
        remedy: 'Use it, or remove it: people would approve a value that does nothing.',
      })),
    ...places.flatMap((written) => {
      const name = numberParameterOf(written)
      if (name === null || !types.has(name) || (called && types.get(name) === 'number')) return []
      return [
        {
          key,
          what: called
            ? `\`${written}\` is no number.`
            : `\`${written}\` stands in a document, whose parameters are texts.`,
          remedy: `Write \`:${name}\`${called ? ', or give the parameter the type `number`' : ''}.`,
        },
      ]
    }),
    ...(command ? documentProblems(command.parameters) : []),
  ]
}

/** Documents such as AWS-RunShellScript run their parameter `commands` as a program. */
function documentProblems(parameters: Readonly<Record<string, readonly string[]>>): Fault[] {
  return Object.entries(parameters).flatMap(([name, entries]) => {
    const isProgram = /^commands?$/i.test(name) && entries.some((entry) => parameterOf(entry) !== null)
    const isResolved = entries.some((entry) => entry.includes('{{'))
    return [
      ...(isProgram
        ? [
            {
              key: 'command',
              what: `A parameter in \`${name}\` would be run as a program.`,
              remedy: 'Make a document with parameters of its own, and `allowedPattern` for each.',
            },
          ]
        : []),
      ...(isResolved
        ? [
            {
              key: 'command',
              what: `\`${name}\` holds \`{{\`, which AWS replaces when it runs: nobody would have approved that.`,
              remedy: 'Write the value itself, or let the document read it.',
            },
          ]
        : []),
    ]
  })
}
