import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describeFileProblem, FileProblemsError } from '../domain/file-problem.ts'
import { isSameVersion, type RulesVersion, shortHash } from '../domain/rules-version.ts'
import { repeat } from '../jobs/repeat.ts'
import { hashOfPolicies } from '../policy/load-policies.ts'
import { type RulesProcess, recordRefusedReload, recordReload } from '../usecases/rules/record-reload.ts'
import type { Base } from './base.ts'
import { type FilesConfig, parseRules, type RuleFiles, readRuleFiles } from './rules.ts'

export interface Reloading {
  /** Reads the files now, whether they seem changed or not. Never rejects. */
  reload(): Promise<void>
  stop(): void
}

type ReloadingBase = Pick<Base, 'config' | 'log' | 'ports' | 'rules' | 'connectors' | 'metrics'>

const lookEveryMs = 1_000
const closeEveryMs = 30_000

/**
 * Watches the files of catalog and policies. A changed version is used from then on if it is sound. Otherwise the running
 * version stays, and the refusal is logged, recorded, counted, and told to security.
 */
export function startReloading(base: ReloadingBase, role: string): Reloading {
  const { config, log, connectors, ports } = base
  const process: RulesProcess = { role, host: hostname(), pid: globalThis.process.pid }
  const recorded: Recorded = { refusal: null }
  let loadedState: string | null = null
  let lastState: string | null = null
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => {
    const next = turn.then(work)
    turn = next.catch(() => {})
    return next
  }
  const look = async () => {
    const state = await stateOf(config)
    const restedSinceLastLook = state === lastState
    lastState = state
    // A file that is just being written is read only once it rests.
    if (state === loadedState || !restedSinceLastLook) return
    await load(base, process, recorded, false)
    loadedState = state
  }
  const isHeld = async (resourceId: string) =>
    (
      await ports().store.histories.list(
        { scope: 'live', requesterId: null, resourceIds: [resourceId], from: null, to: null },
        { kind: 'page', page: 1 },
        1,
      )
    ).rows.length > 0
  const stops = [
    repeat({
      everyMs: lookEveryMs,
      log,
      problem: 'changed rules could not be loaded; tried again',
      work: () => inTurn(look),
    }),
    repeat({
      everyMs: closeEveryMs,
      log,
      problem: 'the connectors of removed resources could not be closed; tried again',
      work: () => connectors.closeRemoved(isHeld),
    }),
  ]
  return {
    reload: () =>
      inTurn(() => load(base, process, recorded, true)).catch((error: unknown) =>
        log.error({ err: error }, 'the rules could not be reloaded; the version before stays in force'),
      ),
    stop() {
      for (const stop of stops) stop()
    },
  }
}

/** The refusal that the database has, so that it is recorded once, and again after a failure. */
interface Recorded {
  refusal: RulesVersion | null
}

/** Records first: a version that could not be recorded is not used, and is tried again. */
async function load(
  base: ReloadingBase,
  process: RulesProcess,
  recorded: Recorded,
  asked: boolean,
): Promise<void> {
  const { config, log, rules, metrics } = base
  const ports = base.ports()
  const running = rules.version()
  let found: RulesVersion = { catalog: 'unreadable', policies: 'unreadable' }
  try {
    const files = readRuleFiles(config)
    found = versionOf(files)
    if (isSameVersion(found, running)) {
      if (rules.refused() || asked) log.info({ ...short(running) }, 'the rules are as the files have them')
      recorded.refusal = null
      return rules.refuse(null)
    }
    const next = parseRules(config, files)
    await recordReload(ports, { process, running, loaded: found })
    rules.use(next)
    recorded.refusal = null
    metrics.rulesReloaded('used')
    log.info({ before: short(running), after: short(found) }, 'catalog and policies were reloaded')
  } catch (error) {
    if (!(error instanceof FileProblemsError)) throw error
    const problems = error.problems.map(describeFileProblem)
    const known = rules.refused()
    if (!known || !isSameVersion(known, found) || asked) {
      log.error(
        { running: short(running), refused: short(found), problems },
        'the changed catalog or policies are refused; the version before stays in force',
      )
      rules.refuse(found)
      metrics.rulesReloaded('refused')
    }
    if (recorded.refusal && isSameVersion(recorded.refusal, found)) return
    await recordRefusedReload(ports, { process, running, refused: found, problems })
    recorded.refusal = found
  }
}

function versionOf({ catalog, policies }: RuleFiles): RulesVersion {
  return {
    catalog: createHash('sha256').update(catalog).digest('hex'),
    policies: hashOfPolicies(policies),
  }
}

function short({ catalog, policies }: RulesVersion) {
  return { catalog: shortHash(catalog), policies: shortHash(policies) }
}

/** Changes when a file changes, appears or disappears; also where the files are links that are set anew. */
async function stateOf({ catalogPath, policiesPath }: FilesConfig): Promise<string> {
  const names = await readdir(policiesPath).catch(() => [])
  const policies = names.filter((name) => name.endsWith('.cedar')).sort()
  const paths = [catalogPath, ...policies.map((name) => join(policiesPath, name))]
  return JSON.stringify([policies, await Promise.all(paths.map(stateOfFile))])
}

async function stateOfFile(path: string): Promise<readonly unknown[] | null> {
  const found = await stat(path).catch(() => null)
  return found && [found.mtimeMs, found.size, found.ino]
}
