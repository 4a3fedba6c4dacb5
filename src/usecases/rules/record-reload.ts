import { daypass, type Json } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RulesVersion } from '../../domain/rules-version.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { tellSecurityOnce } from './tell-security.ts'

/** The process that works with the rules: several may run, and each reads its own files. */
export interface RulesProcess {
  readonly role: string
  readonly host: string
  readonly pid: number
}

interface Reload {
  readonly process: RulesProcess
  /** The version before. */
  readonly running: RulesVersion
}

type ReloadPorts = Pick<Ports, 'store' | 'clock'>

/** Records that a process works with another version of catalog and policies from now on. */
export async function recordReload(
  { store, clock }: ReloadPorts,
  { process, running, loaded }: Reload & { readonly loaded: RulesVersion },
): Promise<void> {
  await store.transaction((tx) =>
    tx.audit.append({
      ...ofNoRequest(null),
      at: clock.now(),
      actor: daypass,
      action: 'rules.reloaded',
      details: { process: json(process), before: json(running), after: json(loaded) },
    }),
  )
}

const mostProblems = 5

/** Records that a changed version was refused. The security channel is told once, however many processes refuse it. */
export async function recordRefusedReload(
  { store, clock }: ReloadPorts,
  {
    process,
    running,
    refused,
    problems,
  }: Reload & { readonly refused: RulesVersion; readonly problems: readonly string[] },
): Promise<void> {
  const told = problems.slice(0, mostProblems)
  await store.transaction(async (tx) => {
    const at = clock.now()
    await tx.audit.append({
      ...ofNoRequest(null),
      at,
      actor: daypass,
      action: 'rules.refused',
      details: { process: json(process), running: json(running), refused: json(refused), problems: told },
    })
    await tellSecurityOnce(tx, `rules ${refused.catalog} ${refused.policies}`, at, {
      kind: 'rules_refused',
      running,
      refused,
      problems: told,
      problemCount: problems.length,
    })
  })
}

function json(value: RulesProcess | RulesVersion): { readonly [key: string]: Json } {
  return { ...value }
}
