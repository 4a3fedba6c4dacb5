/** One policy's text, and where in its file it begins. */
export interface PolicyText {
  readonly file: string
  /** The whole file. */
  readonly source: string
  /** Index into `source`, in UTF-16 units. */
  readonly start: number
  readonly text: string
}

/** A string, a comment, the end of a policy, or other text. A `;` can be only in the first three. */
const token = /"(?:[^"\\]|\\[\s\S])*"|\/\/[^\n]*|;|[\s\S]/g
const blank = /^(?:\s|\/\/[^\n]*(?:\n|$))*/

/**
 * Cuts a file into its policies, each with its `;`. Cedar's own splitter forgets where they stood.
 * Nothing but blanks and comments is dropped: what follows the last `;` is handed on, for Cedar to refuse.
 */
export function splitPolicies(file: string, source: string): PolicyText[] {
  const policies: PolicyText[] = []
  let start = 0
  const cut = (end: number) => {
    const whole = source.slice(start, end)
    const lead = blank.exec(whole)?.[0].length ?? 0
    if (lead < whole.length) policies.push({ file, source, start: start + lead, text: whole.slice(lead) })
    start = end
  }
  for (const match of source.matchAll(token)) {
    if (match[0] === ';') cut(match.index + 1)
  }
  cut(source.length)
  return policies
}

/** Line and column, from 1, of a place that Cedar names in bytes of UTF-8 from the policy's beginning. */
export function locate(policy: PolicyText, byteOffset: number): { line: number; column: number } {
  const within = Buffer.from(policy.text).subarray(0, byteOffset).toString()
  const before = policy.source.slice(0, policy.start) + within
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
}
