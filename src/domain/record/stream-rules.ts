/** How events look for those who get them. `daypass`: as the record holds them, which proves them. */
export const streamFormats = ['ocsf', 'ecs', 'daypass'] as const
export type StreamFormat = (typeof streamFormats)[number]

/** A connection to a host: which addresses it may lead to, and whose certificates are trusted. */
export interface StreamConnection {
  /** Private and other special addresses that may be called all the same. */
  readonly allowAddresses: readonly string[]
  /** A PEM file. Absent: the public CAs. */
  readonly caFile?: string
}

/** Where the events go. Values of `secrets`, `token`, `apiKey` and `authorization` are secrets. */
export type StreamDestination =
  | (StreamConnection & {
      readonly kind: 'webhook'
      readonly url: string
      readonly secrets: readonly string[]
    })
  | { readonly kind: 'file'; readonly path: string }
  | (StreamConnection & {
      readonly kind: 'syslog'
      readonly host: string
      readonly port: number
      /** PEM files by which the receiver knows Daypass. */
      readonly client: { readonly certFile: string; readonly keyFile: string } | null
    })
  | (StreamConnection & {
      readonly kind: 'kafka'
      /** Of the REST proxy. */
      readonly url: string
      readonly topic: string
      /** The header `Authorization`. */
      readonly authorization: string | null
    })
  | (StreamConnection & {
      readonly kind: 'splunk'
      readonly url: string
      readonly token: string
      readonly index: string | null
    })
  | (StreamConnection & {
      readonly kind: 'elastic'
      readonly url: string
      readonly index: string
      readonly apiKey: string
    })

/** One stream of the record to a place outside, by the catalog. */
export interface StreamRules {
  /** Its position is kept under this name. */
  readonly id: string
  readonly format: StreamFormat
  /** For the format `ocsf`. */
  readonly ocsfVersion: '1.8' | '1.9'
  /** Where a new stream starts: at the first event, or after the last one that there is then. */
  readonly from: 'beginning' | 'now'
  /** How many events go together at the most. */
  readonly batch: number
  readonly timeoutSeconds: number
  /** Security is told when the destination has taken nothing for so long. */
  readonly tellAfterSeconds: number
  readonly to: StreamDestination
}
