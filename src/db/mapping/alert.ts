import { eq, getTableColumns } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import type { Alert, AlertPerson, EvidenceItem } from '../../domain/noticing/alert.ts'
import type { Queries } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { type AlertRow, alerts } from '../schema/alerts.ts'
import { readJson } from './stored-json.ts'

const label = z.string()
const evidence: z.ZodType<EvidenceItem[]> = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('number'), label, value: z.number() }),
    z.object({ kind: z.literal('text'), label, value: z.string() }),
    z.object({ kind: z.literal('instant'), label, value: z.string() }),
    z.object({ kind: z.literal('address'), label, value: z.string() }),
  ]),
)

const about = alias(accounts, 'about')
const alsoAbout = alias(accounts, 'also_about')
const answerers = alias(accounts, 'answerers')

/** Alerts with the people whom `toAlert` needs. */
export function selectAlerts(db: Queries) {
  return db
    .select({
      alert: getTableColumns(alerts),
      about: { id: about.id, personId: about.personId, userId: about.userId },
      alsoAbout: { id: alsoAbout.id, personId: alsoAbout.personId, userId: alsoAbout.userId },
      answeredBy: { id: answerers.id, personId: answerers.personId, userId: answerers.userId },
    })
    .from(alerts)
    .leftJoin(about, eq(about.id, alerts.aboutId))
    .leftJoin(alsoAbout, eq(alsoAbout.id, alerts.alsoAboutId))
    .leftJoin(answerers, eq(answerers.id, alerts.answeredById))
}

export function toAlert({
  alert: row,
  about,
  alsoAbout,
  answeredBy,
}: {
  alert: AlertRow
  about: AlertPerson | null
  alsoAbout: AlertPerson | null
  answeredBy: AlertPerson | null
}): Alert {
  const { id, rule, headline, audience, raisedAt, digestId, state } = row
  const { requestId, grantId, resourceId, entitlementId } = row
  const { answeredAt: at, reason, mutedUntil } = row
  return {
    ...{ id, rule, headline, audience, raisedAt, digestId, state },
    ...{ about, alsoAbout, requestId, grantId, resourceId, entitlementId },
    reference: `AL-${row.number}`,
    evidence: readJson(evidence, row.evidence, 'alerts', id, 'evidence'),
    answer:
      at && answeredBy
        ? { at, by: { id: answeredBy.id, userId: answeredBy.userId }, reason, mutedUntil }
        : null,
  }
}
