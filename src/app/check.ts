import { type CheckedCatalog, checkCatalog } from '../catalog-file/read-catalog.ts'
import { readSlackAccess } from '../config.ts'
import { reportKinds } from '../db/reports/all.ts'
import { type Catalog, findEntitlement, userGroupsGivenBy } from '../domain/catalog.ts'
import type { Directory } from '../domain/directory.ts'
import type { Finding } from '../domain/finding.ts'
import type { Logger } from '../logger.ts'
import { findFaults } from '../policy/analysis/find-faults.ts'
import { policiesOnGivenGroups } from '../policy/analysis/given-groups.ts'
import { placeOf } from '../policy/analysis/unknown-names.ts'
import { createPolicyEngine } from '../policy/engine.ts'
import { readPolicyFiles } from '../policy/load-policies.ts'
import { type ParsedPolicies, parsePolicies } from '../policy/parse-policies.ts'
import { createSlackClients } from '../slack/api/clients.ts'
import { readParameters } from '../usecases/reports/read-parameters.ts'
import { checkApprovers } from '../usecases/rules/check-approvers.ts'
import { criticalWithoutStepUp } from '../usecases/step-up/check-step-up.ts'
import { openDirectory } from './directory.ts'
import { catalogOptions, type FilesConfig, readRules } from './rules.ts'

/** What a check of files that can be read has found. */
export interface CheckResult {
  /** Null: variables are absent without which the catalog cannot be checked. */
  readonly catalog: Catalog | null
  readonly absent: readonly string[]
  readonly policyCount: number
  readonly findings: readonly Finding[]
  /** Whether people and groups were looked up in Slack. */
  readonly askedSlack: boolean
}

/** Throws `FileProblemsError` when the files cannot be used at all, and Slack's error when it refuses the token. */
export async function checkFiles(
  config: FilesConfig,
  { requireSecrets, log }: { requireSecrets: boolean; log: Logger },
): Promise<CheckResult> {
  if (requireSecrets) readRules(config)
  const checked = checkCatalog(config.catalogPath, catalogOptions())
  const parsed = parsePolicies(readPolicyFiles(config.policiesPath))
  const { catalog, absent } = checked
  const warnings = parsed.warnings.map(
    (problem): Finding => ({ code: 'cedar-warning', severity: 'warning', problem }),
  )
  const directory = catalog ? await directoryIfAny(log) : null
  const findings = catalog
    ? [
        ...analyse(catalog, parsed, checked),
        ...(await approverFindings(catalog, parsed, directory, checked)),
        ...(directory ? await unknownPeople(parsed, directory) : []),
      ]
    : []
  return {
    catalog,
    absent,
    policyCount: parsed.policies.length,
    findings: inOrder([...warnings, ...findings]),
    askedSlack: directory !== null,
  }
}

function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    ({ problem: a }, { problem: b }) =>
      a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  )
}

function analyse(catalog: Catalog, { policies }: ParsedPolicies, { problemAt }: CheckedCatalog): Finding[] {
  const faults = findFaults({
    catalog,
    policies,
    placeOf: (resourceId, entitlementId) =>
      problemAt(pathOf(catalog, { resourceId, id: entitlementId }), '', '', 'key'),
  })
  const escalating = policiesOnGivenGroups(policies, userGroupsGivenBy(catalog)).map(
    (problem): Finding => ({ code: 'group-given-by-lease', severity: 'error', problem }),
  )
  const open = criticalWithoutStepUp(catalog).map(({ resourceId, id }): Finding => {
    const what = 'This is critical, and a Slack account that is taken over could approve it.'
    const remedy = 'Add `stepUp: [approve]`: approvers then prove who they are. See docs/step-up.md.'
    const path = pathOf(catalog, { resourceId, id })
    return {
      code: 'critical-without-step-up',
      severity: 'warning',
      problem: problemAt(path, what, remedy, 'key'),
    }
  })
  return [...faults, ...escalating, ...open, ...reportFindings(catalog, problemAt)]
}

/** Reports on a schedule that could not be made. Security would be told at each time. */
function reportFindings(
  { reports = new Map(), resources }: Catalog,
  problemAt: CheckedCatalog['problemAt'],
): Finding[] {
  return [...reports.values()].flatMap(({ id, report, given, timeZone }) => {
    const read = readParameters(reportKinds, report, given, { timeZone, now: new Date() })
    const wrong = read.ok ? [] : read.problems
    const { resource } = given
    const unknown =
      resource === undefined || resources.has(resource)
        ? []
        : [{ parameter: 'resource', message: `There is no resource ${resource}.` }]
    return [...wrong, ...unknown].map(({ parameter, message }): Finding => {
      const path = ['reports', id, ...(parameter === null ? ['report'] : ['with', parameter])]
      const problem = problemAt(path, message, 'See docs/reports.md, or run `daypass report`.')
      return { code: 'report-not-possible', severity: 'error', problem }
    })
  })
}

/** The place of an entitlement or an action in the file. */
function pathOf(catalog: Catalog, { resourceId, id }: { resourceId: string; id: string }): string[] {
  const found = findEntitlement(catalog, resourceId, id)
  return ['resources', resourceId, found?.entitlement.action ? 'actions' : 'entitlements', id]
}

async function directoryIfAny(log: Logger): Promise<Directory | null> {
  const access = readSlackAccess()
  if (!access) return null
  // The analysis keeps the process busy for seconds. Meanwhile Slack may close the connection, which is noticed at the next call.
  const clients = createSlackClients({ ...access, logger: log, retries: 2 })
  const { directory } = await openDirectory(clients, { now: () => new Date() }, log)
  return directory
}

async function approverFindings(
  catalog: Catalog,
  { policies, userGroups }: ParsedPolicies,
  directory: Directory | null,
  { problemAt }: CheckedCatalog,
): Promise<Finding[]> {
  const policy = { ...createPolicyEngine(policies, catalog.security.leads), userGroups }
  const faults = await checkApprovers({ catalog, policy, directory, now: new Date() })
  return faults.map(({ code, severity, entitlement, resource, what, remedy }) => {
    const path = entitlement
      ? pathOf(catalog, entitlement)
      : resource
        ? ['resources', resource.id, 'connector']
        : ['security', 'leads']
    return { code, severity, problem: problemAt(path, what, remedy, 'key') }
  })
}

/** User groups and accounts that policies name and Slack does not know. */
async function unknownPeople({ policies }: ParsedPolicies, directory: Directory): Promise<Finding[]> {
  const found = await Promise.all(
    policies.flatMap((policy) =>
      [...new Set(policy.userGroups)].map(async (group): Promise<Finding[]> => {
        if ((await directory.groupMembers(group, { maxAgeSeconds: 3_600 })) !== null) return []
        const what = `\`${policy.id}\` names the user group ${group}, which Slack does not know: every question to it is refused.`
        const remedy = 'Correct the id: the group’s menu in Slack copies it.'
        const problem = { ...placeOf(policy, JSON.stringify(group)), what, remedy }
        return [{ code: 'unknown-group', severity: 'error', problem }]
      }),
    ),
  )
  return found.flat()
}
