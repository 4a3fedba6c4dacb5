import { parseCatalog, readText } from '../catalog-file/read-catalog.ts'
import { type Config, environment } from '../config.ts'
import { connectorKinds } from '../connectors/kinds.ts'
import { type Catalog, userGroupsGivenBy } from '../domain/catalog.ts'
import { type LoadedPolicies, type PolicyFile, policiesOf, readPolicyFiles } from '../policy/load-policies.ts'
import { trackerKinds } from '../trackers/kinds.ts'

/** The content of the catalog and of the policy files. Immutable: a reload makes another value. */
export interface Rules {
  readonly catalog: Catalog
  readonly policies: LoadedPolicies
}

/** The text of the catalog and of the policy files, read at one time. */
export interface RuleFiles {
  readonly catalog: string
  readonly policies: readonly PolicyFile[]
}

export type FilesConfig = Pick<Config, 'catalogPath' | 'policiesPath'>

/** Reads both files. Throws `FileProblemsError`. */
export function readRules(config: FilesConfig): Rules {
  return parseRules(config, readRuleFiles(config))
}

/** Throws `FileProblemsError`. */
export function readRuleFiles({ catalogPath, policiesPath }: FilesConfig): RuleFiles {
  return { catalog: readText(catalogPath), policies: readPolicyFiles(policiesPath) }
}

/** Throws `FileProblemsError`. */
export function parseRules({ catalogPath, policiesPath }: FilesConfig, files: RuleFiles): Rules {
  const catalog = parseCatalog(catalogPath, files.catalog, catalogOptions())
  const policies = policiesOf(policiesPath, files.policies, {
    securityLeads: catalog.security.leads,
    catalogHash: catalog.contentHash,
    groupsGiven: userGroupsGivenBy(catalog),
  })
  return { catalog, policies }
}

/** What reading a catalog needs of this process: its environment, and the kinds of connectors and trackers. */
export function catalogOptions() {
  return { environment: environment(), connectorKinds, trackerKinds }
}
