import type { Fetch } from '../../_shared/own-connections.ts'

/** The API of an identity provider. Refusals are thrown as a `ConnectorError`. */
export interface Vendor {
  /** For people: "Okta". */
  readonly name: string
  /** The vendor's id of the person; null where it knows none. */
  find(fetch: Fetch, person: string): Promise<string | null>
  /** Ends every session of the person, by the word of the vendor. False: it knows no such person. */
  end(fetch: Fetch, id: string): Promise<boolean>
}
