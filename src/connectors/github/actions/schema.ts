import { z } from 'zod'
import { type ActionValues, type Parameter, valuesText } from '../../../domain/action.ts'

const inputName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'expected the name of an input')

/** The connector's own part of an action: a workflow that is dispatched, or one of its runs that is run again. */
export const actionSchema = z
  .strictObject({
    repository: z
      .string()
      .max(100)
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'expected the name of a repository, without its owner')
      .describe('The repository of the organisation that has the workflow: its name without the owner'),
    workflow: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._-]+\.ya?ml$/, 'expected the name of a file under .github/workflows')
      .describe('The workflow: its file under .github/workflows: deploy.yml'),
    ref: z
      .string()
      .max(200)
      .regex(/^(?!\/)[A-Za-z0-9._/-]+$/, 'expected a branch or a tag')
      .optional()
      .describe('The branch or tag whose workflow is dispatched: main. Not with `rerun`'),
    inputs: z
      .record(inputName, z.union([z.string().max(1_000), z.number(), z.boolean()]))
      .default({})
      .describe('Inputs as they stand here. Each parameter is sent besides, as the input of its name'),
    correlation: inputName
      .optional()
      .describe(
        'An input that gets the id of the run. Where `run-name` of the workflow holds it, the run is found again after a crash',
      ),
    rerun: z
      .enum(['all', 'failed'])
      .optional()
      .describe(
        'Runs one run of the workflow again: all its jobs, or those that failed. Its number is the parameter `run`',
      ),
  })
  .refine(({ ref, rerun }) => (ref === undefined) !== (rerun === undefined), {
    path: ['ref'],
    message: 'write either `ref`, to dispatch the workflow, or `rerun`',
  })
  .refine(
    ({ inputs, correlation, rerun }) =>
      rerun === undefined || (Object.keys(inputs).length === 0 && correlation === undefined),
    {
      path: ['rerun'],
      message: 'a run that is run again keeps its inputs: leave out `inputs` and `correlation`',
    },
  )
export type GitHubAction = z.output<typeof actionSchema>

/** https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event */
const mostInputs = 25

export function actionProblems(
  { rerun, inputs, correlation }: GitHubAction,
  parameters: readonly Parameter[],
): { key: string; what: string; remedy: string }[] {
  if (rerun !== undefined) {
    const [run, ...others] = parameters
    const isNumber = run?.type === 'number' && run.decimals === 0 && run.min >= 1
    if (run?.name === 'run' && isNumber && others.length === 0) return []
    return [
      {
        key: 'rerun',
        what: 'it takes one parameter, `run`, a whole number from 1.',
        remedy: 'Write `parameters: { run: { type: number, min: 1, max: 99999999999 } }`.',
      },
    ]
  }
  const given = [...Object.keys(inputs), ...(correlation === undefined ? [] : [correlation])]
  const twice = parameters.filter(({ name }) => given.includes(name)).map(({ name }) => name)
  const count = given.length + parameters.length
  return [
    ...twice.map((name) => ({
      key: name === correlation ? 'correlation' : 'inputs',
      what: `\`${name}\` is a parameter too.`,
      remedy: 'Give one of them another name.',
    })),
    ...(correlation !== undefined && Object.hasOwn(inputs, correlation)
      ? [
          {
            key: 'correlation',
            what: `\`${correlation}\` stands in \`inputs\` too.`,
            remedy: 'Take it out there.',
          },
        ]
      : []),
    ...(count > mostInputs
      ? [
          {
            key: 'inputs',
            what: `a workflow takes ${mostInputs} inputs, and these are ${count}.`,
            remedy: 'Leave some out.',
          },
        ]
      : []),
  ]
}

/** What GitHub is told, but for the id of the run. */
export function renderAction(
  { repository, workflow, ref, inputs, rerun }: GitHubAction,
  values: ActionValues,
): string {
  if (rerun !== undefined)
    return `run ${rerun === 'all' ? 'all jobs' : 'the failed jobs'} of run ${values.run ?? ''} of ${workflow} in ${repository} again`
  const names = Object.keys(values).toSorted()
  return [
    `run the workflow ${workflow} of ${repository} at ${ref}`,
    valuesText(names, values),
    JSON.stringify(inputs, Object.keys(inputs).toSorted()),
  ]
    .filter((line) => line !== '' && line !== '{}')
    .join('\n')
}
