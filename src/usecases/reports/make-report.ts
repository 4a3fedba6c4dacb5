import { type Actor, type AuditEvent, actorOf, daypass, type Json } from '../../domain/audit-event.ts'
import type { Chart } from '../../domain/chart.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { MadeReport, ReportRow } from '../../domain/report.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type Auditable, auditable } from '../_shared/auditable.ts'
import { type AccountKey, deciders, freshAtClick, identify } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { type GivenParameters, type ParameterProblem, readParameters } from './read-parameters.ts'

/** A question for a report. */
export interface AskedReport {
  readonly name: string
  readonly given: GivenParameters
  /** `slack`, or the format of a file. For the record. */
  readonly format: string
  /** The IANA zone of the days that are named. */
  readonly timeZone: string
}

export type ReportProblems = { readonly kind: 'invalid'; readonly problems: readonly ParameterProblem[] }

/** Rows of a report, and whether there are more. */
export type ReportAnswer =
  | {
      readonly kind: 'report'
      readonly report: MadeReport
      readonly rows: readonly ReportRow[]
      readonly isPart: boolean
    }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | ReportProblems

interface AskedFor {
  /** Who asks. Of a schedule: on whose behalf. */
  readonly by: AccountKey
  readonly most: number
  /** Nobody asks now: the catalog does, and a channel reads it. */
  readonly schedule?: { readonly id: string; readonly channelId: string }
}

/** A file in Slack has no more rows. `daypass report` writes all of them. */
export const mostRowsInFile = 20_000

type ReportPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Answers a person with the first `most` rows of what they may see, and records the question. Throws `DirectoryUnavailable`. */
export async function askReport(
  ports: ReportPorts,
  { by, most, schedule, ...asked }: AskedReport & AskedFor,
): Promise<ReportAnswer> {
  const { store, clock, catalog } = ports
  const groups = [...catalog.resources.values()].flatMap((resource) => deciders(catalog, resource))
  const asker = await identify(ports, by, [...new Set([...groups, ...catalog.security.leads])], freshAtClick)
  const view = await auditable(ports, asker.facts, catalog.resources.values())
  const details: Record<string, Json> = schedule
    ? { schedule: schedule.id, channel: schedule.channelId, on_behalf_of: by.userId }
    : {}
  if (!view.policy.allowed) {
    await recordRefusal(ports, asker.account, (actor, at) =>
      eventOf(schedule ? daypass : actor, at, 'audit.refused', asked, view.policy, details),
    )
    return { kind: 'refused', policy: view.policy }
  }
  const read = readParameters(store.reports.kinds, asked.name, asked.given, { ...asked, now: clock.now() })
  if (!read.ok) return { kind: 'invalid', problems: read.problems }
  await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(asker.account)
    const actor = schedule ? daypass : actorOf(account)
    await tx.audit.append(eventOf(actor, clock.now(), 'audit.reported', asked, view.policy, details))
  })
  const rows: ReportRow[] = []
  const charts: Chart[] = []
  await store.reports.read(asked.name, { ...read.about, ...scopeOf(view) }, (drawn) => {
    charts.push(...drawn)
    return async (some) => {
      rows.push(...some)
      return rows.length <= most
    }
  })
  const report = { kind: read.kind, about: read.about, resourceNames: namesIn(view, ports), charts }
  return { kind: 'report', report, rows: rows.slice(0, most), isPart: rows.length > most }
}

/** A report for somebody with the configuration of this installation, who may see everything. `by` is their name on the machine. */
export async function writeReport(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { by, ...asked }: AskedReport & { readonly by: string },
  begin: (report: MadeReport) => (rows: readonly ReportRow[]) => Promise<boolean>,
): Promise<ReportProblems | { readonly kind: 'written' }> {
  const read = readParameters(store.reports.kinds, asked.name, asked.given, { ...asked, now: clock.now() })
  if (!read.ok) return { kind: 'invalid', problems: read.problems }
  await store.transaction(async (tx: Transaction) => {
    await tx.audit.append(
      eventOf(daypass, clock.now(), 'audit.reported', asked, null, { on_the_machine: by }),
    )
  })
  const { kind, about } = read
  const filter = { ...about, resourceIds: null, exceptResourceIds: [] }
  await store.reports.read(kind.name, filter, (charts) => begin({ kind, about, resourceNames: null, charts }))
  return { kind: 'written' }
}

function scopeOf({ resourceIds, hiddenIds, uncatalogued }: Auditable) {
  return uncatalogued
    ? { resourceIds: null, exceptResourceIds: [...hiddenIds] }
    : { resourceIds: [...resourceIds], exceptResourceIds: [] }
}

function namesIn(view: Auditable, { catalog }: Pick<Ports, 'catalog'>): readonly string[] | null {
  if (view.uncatalogued !== null && view.hiddenIds.size === 0) return null
  return [...view.resourceIds].map((id) => catalog.resources.get(id)?.name ?? id)
}

function eventOf(
  actor: Actor,
  at: Date,
  action: 'audit.reported' | 'audit.refused',
  { name, given, format }: Omit<AskedReport, 'timeZone'>,
  policy: PolicyResult | null,
  details: Record<string, Json> = {},
): AuditEvent {
  const named = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value.slice(0, 150)]))
  return {
    ...ofNoRequest(null),
    ...{ at, actor, action, policy },
    details: { ...details, report: name.slice(0, 60), parameters: named, format },
  }
}
