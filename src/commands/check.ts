import { type CheckResult, checkFiles } from '../app/check.ts'
import { readFiles } from '../config.ts'
import type { Catalog } from '../domain/catalog.ts'
import { describeFileProblem, FileProblemsError } from '../domain/file-problem.ts'
import { createLogger } from '../logger.ts'
import { print } from './print.ts'

export interface CheckArguments {
  readonly requireSecrets?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

/**
 * `daypass check`: reads catalog and policies as a start does, and looks for rules that nobody means. The exit code is 1 where
 * something is wrong; with `strict`, also for warnings. Without `requireSecrets`, variables may be absent.
 */
export async function check({
  requireSecrets = false,
  strict = false,
  json = false,
}: CheckArguments): Promise<void> {
  const config = readFiles()
  try {
    const result = await checkFiles(config, { requireSecrets, log: createLogger('silent') })
    const wrong = result.findings.filter(({ severity }) => strict || severity === 'error')
    process.exitCode = wrong.length > 0 ? 1 : 0
    if (json) return printJson(result)
    tell(result, config)
    print(wrong.length > 0 ? `${count(wrong.length, 'fault')}.` : 'All is well.')
  } catch (error) {
    if (!json || !(error instanceof FileProblemsError)) throw error
    process.exitCode = 1
    const findings = error.problems.map((problem) => ({ code: 'unusable', severity: 'error', ...problem }))
    print(JSON.stringify({ ok: false, askedSlack: false, absent: [], findings }, null, 2))
  }
}

function printJson({ findings, absent, askedSlack }: CheckResult): void {
  const flat = findings.map(({ code, severity, problem }) => ({ code, severity, ...problem }))
  const ok = process.exitCode === 0
  print(JSON.stringify({ ok, askedSlack, absent, findings: flat }, null, 2))
}

function tell(
  { catalog, absent, policyCount, findings, askedSlack }: CheckResult,
  config: { readonly catalogPath: string; readonly policiesPath: string },
): void {
  for (const { severity, problem } of findings) print(`${severity}: ${describeFileProblem(problem)}`)
  if (catalog) print(`${config.catalogPath}: ${sizeOf(catalog)}.`)
  if (absent.length > 0) {
    const [are, them] = absent.length === 1 ? ['is', 'it'] : ['are', 'them']
    print(`${config.catalogPath}: ${absent.join(', ')} ${are} not set. Values with ${them} were not checked.`)
  }
  print(`${config.policiesPath}: ${count(policyCount, 'rule')}.`)
  if (!askedSlack)
    print('People and user groups were not looked up in Slack: set SLACK_BOT_TOKEN to check them too.')
}

function sizeOf({ resources }: Catalog): string {
  const offers = [...resources.values()].flatMap(({ entitlements }) => [...entitlements.values()])
  const actions = offers.filter(({ action }) => action).length
  const entitlements = offers.length - actions
  const more = actions > 0 ? `, ${count(actions, 'action')}` : ''
  return `${count(resources.size, 'resource')}, ${count(entitlements, 'entitlement')}${more}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
