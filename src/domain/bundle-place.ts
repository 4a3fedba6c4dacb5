import type { Reference } from './request.ts'

/** The bundle with which a request was asked for. */
export interface BundlePlace {
  /** One for each time that somebody asked for a bundle. */
  readonly id: string
  /** The id of the bundle in the catalog at that time. */
  readonly catalogId: string
  readonly name: string
  /** The request whose card shows this one: the first of the same owners' channel. It may be this one. */
  readonly cardId: string
  /** Every request of the bundle, this one too, in the order of their references. */
  readonly requests: readonly {
    readonly id: string
    readonly reference: Reference
    readonly cardId: string
  }[]
}

/** The requests that stand on the card of this one. One alone has a usual card. */
export function onSameCard({ cardId, requests }: BundlePlace): readonly string[] {
  return requests.filter((request) => request.cardId === cardId).map(({ id }) => id)
}
