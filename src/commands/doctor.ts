import { openProbes } from '../app/doctor.ts'
import { readConfig } from '../config.ts'
import type { Diagnosis } from '../domain/connector.ts'
import { createLogger } from '../logger.ts'
import { diagnose } from '../usecases/diagnose.ts'
import { print } from './print.ts'

/** `daypass doctor`: prints a finding for each thing that Daypass depends on. The exit code is 1 when one is not well. */
export async function doctor(): Promise<void> {
  const config = readConfig()
  const { list, release } = openProbes(config, createLogger('silent'))
  const findings = await diagnose(list)
  await release()
  for (const { name, diagnosis } of findings) tell(name, diagnosis)
  const ill = findings.filter(({ diagnosis }) => !diagnosis.ok)
  print(ill.length === 0 ? '\nAll is well.' : `\n${ill.length} of ${findings.length} need you.`)
  process.exitCode = ill.length === 0 ? 0 : 1
}

function tell(name: string, diagnosis: Diagnosis): void {
  if (diagnosis.ok) print(`✔ ${name}: ${diagnosis.summary}`)
  else for (const { what, remedy } of diagnosis.problems) print(`✘ ${name}: ${what}\n    → ${remedy}`)
}
