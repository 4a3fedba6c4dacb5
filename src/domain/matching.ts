/**
 * The number of places that stay empty when as many as possible are filled: each by one candidate that fits, and each candidate
 * in one place. Finds augmenting paths, because filling the first place that fits could take the only candidate of another:
 * https://en.wikipedia.org/wiki/Hopcroft%E2%80%93Karp_algorithm#Augmenting_paths
 */
export function emptyPlaces<Place, Candidate>(
  places: readonly Place[],
  candidates: readonly Candidate[],
  fits: (candidate: Candidate, place: Place) => boolean,
): number {
  const choices = candidates.map((candidate) =>
    places.flatMap((place, index) => (fits(candidate, place) ? [index] : [])),
  )
  /** The candidate in each place. */
  const taken = new Map<number, number>()

  function findPlace(candidate: number, tried: Set<number>): boolean {
    for (const place of choices[candidate] ?? []) {
      if (tried.has(place)) continue
      tried.add(place)
      const holder = taken.get(place)
      if (holder === undefined || findPlace(holder, tried)) {
        taken.set(place, candidate)
        return true
      }
    }
    return false
  }

  for (const candidate of candidates.keys()) findPlace(candidate, new Set())
  return places.length - taken.size
}
