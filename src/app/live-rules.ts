import type { RulesVersion } from '../domain/rules-version.ts'
import type { Rules } from './rules.ts'

/** The rules that hold in this process, and the changed version that it refuses. */
export interface LiveRules {
  current(): Rules
  version(): RulesVersion
  /** The version that the files have and that cannot be used. Null: the files are as what holds. */
  refused(): RulesVersion | null
  /** From now on these hold. */
  use(rules: Rules): void
  refuse(version: RulesVersion | null): void
}

/** `onUse` is called with each following version, before `current` returns it. */
export function createLiveRules(first: Rules, onUse: (rules: Rules) => void): LiveRules {
  let rules = first
  let refused: RulesVersion | null = null
  return {
    current: () => rules,
    version: () => versionOf(rules),
    refused: () => refused,
    use(next) {
      onUse(next)
      rules = next
      refused = null
    },
    refuse(version) {
      refused = version
    },
  }
}

function versionOf({ catalog, policies }: Rules): RulesVersion {
  return { catalog: catalog.contentHash, policies: policies.contentHash }
}
