import { distance } from 'fastest-levenshtein'

/** The names that are similar to the typed text, the nearest first. */
export function likelyMeant(typed: string, names: Iterable<string>): string[] {
  const wanted = typed.slice(0, longestName).toLowerCase()
  return [...names]
    .map((name) => ({ name, far: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(2, name.length / 3))
    .sort((one, other) => one.far - other.far)
    .map(({ name }) => name)
}

/** Longer text is not a typo of a name, and the time of a comparison grows with the length. */
const longestName = 64
