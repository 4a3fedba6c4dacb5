/**
 * Two parts of an operation at the same time, on one connection: the directory takes a call before it has answered the last one.
 * Waits for both, also where one fails, so that nothing of the operation goes on after it.
 */
export async function both<One, Other>(
  one: Promise<One>,
  other: Promise<Other> | null,
): Promise<[One, Other | null]> {
  const [first, second] = await Promise.allSettled([one, other])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}
