import { ConnectorError } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { Target } from '../target.ts'
import { hostOf } from './runs.ts'
import type { SshAction } from './schema.ts'

/** Whether the host of each action has its program and its account, and a helper that runs commands. */
export async function runProblems(
  target: Target,
  actions: ReadonlyMap<string, SshAction>,
): Promise<Problem[]> {
  const found = await Promise.all(
    [...actions].map(async ([id, content]): Promise<Problem[]> => {
      const [program = ''] = content.command
      try {
        await hostOf(target, content).ask('rehearse', [
          ['as', content.runAs],
          ['seconds', content.limits.seconds],
          ['bytes', content.limits.bytes],
          ['arg', `=${Buffer.from(program).toString('base64')}`],
        ])
        return []
      } catch (error) {
        // A host that does not answer is told by the rest of the check.
        if (!(error instanceof ConnectorError)) throw error
        if (error.retryable) return []
        return [{ what: `${id}: ${error.message}`, remedy: 'Do as it says, then check again.' }]
      }
    }),
  )
  return found.flat()
}
