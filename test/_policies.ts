import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PolicyEngine } from '../src/domain/policy.ts'
import { loadPolicies } from '../src/policy/load-policies.ts'

/** The shipped policies, and more of them. The security leads are those of the base world. */
export function policiesWith(more: string): PolicyEngine {
  const directory = mkdtempSync(join(tmpdir(), 'daypass-policies-'))
  try {
    copyFileSync('policies/default.cedar', join(directory, 'default.cedar'))
    writeFileSync(join(directory, 'more.cedar'), more)
    return loadPolicies(directory, { securityLeads: ['S0SECURITY'] })
  } finally {
    rmSync(directory, { recursive: true })
  }
}
