import type { CommandInvocation } from '@aws-sdk/client-ssm'
import { nameOf } from '../errors.ts'
import type { Aws } from '../target.ts'
import { type CommandOutput, stateOf } from './command-result.ts'

/** AWS keeps so many characters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html */
const mostKept = { output: 24_000, error: 8_000 } as const

/** The output of each step on each instance that ran it, until there are so many bytes. */
export async function readOutput(
  aws: Aws,
  CommandId: string,
  invocations: readonly CommandInvocation[],
  bytes: number,
): Promise<CommandOutput> {
  const ssm = await aws.ssm()
  const steps = invocations
    .filter((invocation) => stateOf(invocation).became !== 'never_ran')
    .flatMap(({ InstanceId, CommandPlugins = [] }) =>
      CommandPlugins.map(({ Name }) => ({ InstanceId, PluginName: Name })),
    )
  let text = ''
  let [isCut, isIncomplete] = [false, false]
  for (const step of steps) {
    if (Buffer.byteLength(text) > bytes) break
    try {
      const { StandardOutputContent = '', StandardErrorContent = '' } = await ssm.getCommandInvocation({
        CommandId,
        ...step,
      })
      const isLong =
        StandardOutputContent.length >= mostKept.output || StandardErrorContent.length >= mostKept.error
      isCut ||= isLong
      const head = steps.length > 1 ? `== ${step.InstanceId} ${step.PluginName}\n` : ''
      const note = isLong ? '\n[AWS keeps no more of it]' : ''
      text += `${head}${[StandardOutputContent, StandardErrorContent]
        .filter((one) => one !== '')
        .map((one) => one.replace(/\n$/, ''))
        .join('\n')}${note}\n`
    } catch (error) {
      if (!/^(InvocationDoesNotExist|InvalidPluginName)$/.test(nameOf(error))) throw error
      isIncomplete = true
    }
  }
  const said = Buffer.from(text)
  const kept = said.length > bytes ? said.subarray(0, bytes).toString('utf8') : text
  return {
    output: steps.length === 0 ? null : { kind: 'text', text: kept, isCut: isCut || said.length > bytes },
    isIncomplete,
  }
}
