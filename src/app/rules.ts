import { type CheckedCatalog, checkCatalog, readCatalog } from '../catalog-file/read-catalog.ts'
import { type Config, environment } from '../config.ts'
import { connectorKinds } from '../connectors/kinds.ts'
import type { Catalog } from '../domain/catalog.ts'
import { type LoadedPolicies, loadPolicies } from '../policy/load-policies.ts'

/** The content of the catalog and of the policy files. */
export interface Rules {
  readonly catalog: Catalog
  readonly policies: LoadedPolicies
}

type FilesConfig = Pick<Config, 'catalogPath' | 'policiesPath'>

/** Reads both. Throws `FileProblemsError`. */
export function readRules(config: FilesConfig): Rules {
  const catalog = readCatalog(config.catalogPath, catalogOptions())
  return { catalog, policies: loadPolicies(config.policiesPath, { securityLeads: catalog.security.leads }) }
}

/** The same, but without the variables that the environment lacks. Throws `FileProblemsError`. */
export function checkRules(config: FilesConfig): CheckedCatalog & Pick<Rules, 'policies'> {
  const checked = checkCatalog(config.catalogPath, catalogOptions())
  const securityLeads = checked.catalog?.security.leads ?? []
  return { ...checked, policies: loadPolicies(config.policiesPath, { securityLeads }) }
}

function catalogOptions() {
  return { environment: environment(), connectorKinds }
}
