import { checkRules, readRules } from '../app/rules.ts'
import { readFiles } from '../config.ts'
import type { Catalog } from '../domain/catalog.ts'
import { print } from './print.ts'

/** `daypass check`: reads catalog and policies as a start does. Without `requireSecrets`, variables may be absent. */
export function check({ requireSecrets = false }: { requireSecrets?: boolean }): void {
  const config = readFiles()
  const { catalog, absent, policies } = requireSecrets
    ? { ...readRules(config), absent: [] }
    : checkRules(config)
  for (const warning of policies.warnings) print(`warning: ${warning}`)
  if (catalog) print(`${config.catalogPath}: ${sizeOf(catalog)}.`)
  if (absent.length > 0) {
    const [are, them] = absent.length === 1 ? ['is', 'it'] : ['are', 'them']
    print(`${config.catalogPath}: ${absent.join(', ')} ${are} not set. Values with ${them} were not checked.`)
  }
  print(`${config.policiesPath}: ${count(policies.policyCount, 'rule')}.`)
  print('All is well.')
}

function sizeOf({ resources }: Catalog): string {
  const entitlements = [...resources.values()].reduce((sum, { entitlements: { size } }) => sum + size, 0)
  return `${count(resources.size, 'resource')}, ${count(entitlements, 'entitlement')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
