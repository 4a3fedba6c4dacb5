import type { Chart } from './chart.ts'

/** What somebody may name for a report. `src/usecases/reports/read-parameters.ts` says what each may be. */
export const reportParameters = [
  'from',
  'to',
  'last',
  'on',
  'person',
  'resource',
  'request',
  'review',
  'entitlement',
  'approver',
  'state',
  'sort',
] as const
export type ReportParameter = (typeof reportParameters)[number]

/** The states of requests that somebody may ask for. `late`: the access was still there 60 seconds after its end was due. */
export const requestStates = [
  'pending',
  'approved',
  'denied',
  'cancelled',
  'expired',
  'upcoming',
  'active',
  'ended',
  'failed',
  'late',
  'never-used',
  'break-glass',
] as const
export type RequestState = (typeof requestStates)[number]

/** `newest`: asked last. `longest`: held longest. `latest-end`: whose access ended, or ends, last. */
export const requestOrders = ['newest', 'longest', 'latest-end'] as const
export type RequestOrder = (typeof requestOrders)[number]

/** How a cell is written: `instant` by the clock of the reader, or in UTC where the file names no zone. */
export type CellKind = 'text' | 'instant' | 'number'

export interface ReportColumn {
  readonly key: string
  readonly title: string
  readonly kind: CellKind
}

/** One kind of report, for those who ask. Its query is in `src/db/reports`. */
export interface ReportKind {
  readonly name: string
  readonly title: string
  /** What its rows are, and how they are ordered. */
  readonly about: string
  readonly parameters: readonly ReportParameter[]
  /** Without these there is no report. */
  readonly required: readonly ReportParameter[]
  /** How far back it goes where nobody says, in seconds. Absent: without limit. */
  readonly usualSeconds?: number
  readonly columns: readonly ReportColumn[]
  /** `figures`: its rows are single figures with `section`, `figure`, `value`, `unit`, `note` and `at`, for a page that people read. */
  readonly layout: 'table' | 'figures'
}

/** What a report is about. */
export interface ReportFilter {
  readonly from: Date | null
  /** Before this instant. */
  readonly to: Date | null
  /** A Slack user id. */
  readonly userId: string | null
  readonly resourceId: string | null
  /** The number of a request: 1042 of `AR-1042`. */
  readonly requestNumber: number | null
  /** The number of an access review: 3 of `RV-3`. */
  readonly reviewNumber: number | null
  readonly entitlementId: string | null
  /** The Slack user id of somebody who decided. */
  readonly approverUserId: string | null
  readonly state: RequestState | null
  readonly order: RequestOrder | null
  /** The resources that the asker may see. Null: all, also those that left the catalog, and what belongs to no resource. */
  readonly resourceIds: readonly string[] | null
  /** Resources that the asker may not see, where `resourceIds` is null. */
  readonly exceptResourceIds: readonly string[]
  readonly now: Date
}

export type ReportCell = string | number | Date | null
export type ReportRow = Readonly<Record<string, ReportCell>>

/** The reports of this version, and their rows. */
export interface Reports {
  readonly kinds: readonly ReportKind[]
  /**
   * Passes the charts of a report, and then all its rows in their order, some at a time, from one snapshot. Stops where the
   * returned function resolves with false.
   */
  read(
    name: string,
    filter: ReportFilter,
    begin: (charts: readonly Chart[]) => (rows: readonly ReportRow[]) => Promise<boolean>,
  ): Promise<void>
}

/** The formats of a file. */
export const reportFormatNames = ['csv', 'jsonl', 'html'] as const
export type ReportFormat = (typeof reportFormatNames)[number]

/** How a file of the report is written where nobody says. */
export function usualFormat({ layout }: Pick<ReportKind, 'layout'>): ReportFormat {
  return layout === 'figures' ? 'html' : 'csv'
}

/** What a report is about, without what its asker may see. */
export type ReportAbout = Omit<ReportFilter, 'resourceIds' | 'exceptResourceIds'>

export interface MadeReport {
  readonly kind: ReportKind
  readonly about: ReportAbout
  /** Names of the resources that the asker may see. Null: all. */
  readonly resourceNames: readonly string[] | null
  /** Pictures of its figures. Most reports have none. */
  readonly charts: readonly Chart[]
}

/** Writes a report to a stream, some rows at a time. */
export interface ReportWriter {
  rows(rows: readonly ReportRow[]): Promise<void>
  end(): Promise<void>
}
