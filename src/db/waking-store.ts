import type { Store } from '../domain/ports.ts'

/** The same store; after each commit `wake` is told, so that what was left in the outbox is seen to at once. */
export function wakingStore(store: Store, wake: () => void): Store {
  return {
    ...store,
    transaction: async (work) => {
      const result = await store.transaction(work)
      wake()
      return result
    },
  }
}
