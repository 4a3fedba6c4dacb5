/** A version of catalog and policies: SHA-256 of each, in hex. `unreadable` where the files could not be read. */
export interface RulesVersion {
  readonly catalog: string
  readonly policies: string
}

export function isSameVersion(one: RulesVersion, other: RulesVersion): boolean {
  return one.catalog === other.catalog && one.policies === other.policies
}

/** The first characters of a hash, for people. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12)
}
