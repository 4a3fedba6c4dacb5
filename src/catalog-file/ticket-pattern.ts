const maxLength = 200
const maxRepeats = 3
const maxChoices = 64

/**
 * The pattern as it is tried, with the flag `u`: against the whole ticket, whether or not its author anchored it.
 * Null when it is none, or might take long: it runs on what anybody types.
 */
export function anchoredPattern(pattern: string): string | null {
  if (pattern === '' || pattern.length > maxLength || !compiles(pattern) || mayBeSlow(pattern)) return null
  const isAnchored = /^\^.*[^\\]\$$/s.test(pattern) && !pattern.includes('|')
  return isAnchored ? pattern : `^(?:${pattern})$`
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

/**
 * Backtracking grows with every repetition, doubles with every choice, and explodes where something repeated varies itself.
 * So: few repetitions, few choices, none of both within what repeats, and no look back at a group.
 */
function mayBeSlow(pattern: string): boolean {
  let repeats = 0
  let choices = 1
  const top: Group = { varies: false, alternatives: 1 }
  const open: Group[] = []
  let closed: Group | null = null
  for (const [token] of pattern.matchAll(tokens)) {
    const group = open.at(-1) ?? top
    const repeated = closed
    closed = null
    if (/^\\[1-9k]/.test(token)) return true
    if (token.startsWith('(')) {
      open.push({ varies: false, alternatives: 1 })
    } else if (token === ')') {
      closed = open.pop() ?? null
      const outer = open.at(-1) ?? top
      outer.varies ||= group.varies
      choices *= group.alternatives
    } else if (token === '|') {
      group.varies = true
      group.alternatives += 1
    } else if (/^[*+{]/.test(token) && token !== '{') {
      if (repeated?.varies) return true
      if (/^\{\d+\}/.test(token)) continue
      group.varies = true
      repeats += 1
    } else if (token.startsWith('?')) {
      group.varies = true
      choices *= 2
    }
  }
  return repeats > maxRepeats || choices * top.alternatives > maxChoices
}

interface Group {
  /** Whether it can match one text in several ways, or texts of several lengths. */
  varies: boolean
  alternatives: number
}

/** Escapes, character classes, openings of groups, quantifiers (lazy or not), and every other character. */
const tokens =
  /\\(?:k<[^>]*>|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|\{\d+(?:,\d*)?\}\??|[*+?]\??|[\s\S]/g
