/** The items whose names contain the typed text, the closest first. All items, in their order, when the text is empty. */
export function rankMatches<T>(
  all: readonly T[],
  typed: string,
  namesOf: (item: T) => readonly string[],
): T[] {
  const wanted = typed.trim().toLowerCase()
  return all
    .map((item) => ({ item, rank: rankOf(namesOf(item), wanted) }))
    .filter(({ rank }) => rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}

/** 0: a name starts with the text. 1: a word starts with it. 2: a name contains it. 3: no name contains it. */
function rankOf(names: readonly string[], wanted: string): number {
  const ranks = names.map((raw) => {
    const name = raw.toLowerCase()
    if (name.startsWith(wanted)) return 0
    const at = name.indexOf(wanted)
    if (at < 0) return 3
    return /[\s._/-]/.test(name[at - 1] ?? '') ? 1 : 2
  })
  return Math.min(3, ...ranks)
}
