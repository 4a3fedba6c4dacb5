import { z } from 'zod'
import { activityUnits, type LeaseActivity, operationKinds } from '../../domain/activity.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { storableText } from '../text.ts'
import { readJson } from './stored-json.ts'

const at = z.iso.datetime().transform((text) => new Date(text))
const rows = z.number().nullable()

const activity: z.ZodType<LeaseActivity> = z.object({
  unit: z.enum(activityUnits),
  looks: z.number(),
  lastLookAt: at,
  lastUsedAt: at.nullable(),
  sessionCount: z.number(),
  sessions: z.array(z.object({ id: z.string(), address: z.string().nullable(), openedAt: at.nullable() })),
  addresses: z.array(z.string()),
  isCounted: z.boolean(),
  operationCount: z.number(),
  rowsRead: rows,
  rowsChanged: rows,
  objects: z.array(z.string()),
  operations: z.array(
    z.object({
      text: z.string(),
      kind: z.enum(operationKinds),
      objects: z.array(z.string()),
      count: z.number(),
      rows,
    }),
  ),
  refused: z.number(),
  limits: z.array(z.string()),
  failure: z.string().nullable(),
})

/** As it is stored, and hashed. */
export function activityText(seen: LeaseActivity): string {
  return storableText(canonicalJson(JSON.parse(JSON.stringify(seen))))
}

/** Null: it was removed. */
export function toActivity({
  grantId,
  seen,
}: {
  grantId: string
  seen: string | null
}): LeaseActivity | null {
  if (seen === null) return null
  return readJson(activity, JSON.parse(seen), 'lease_activity', grantId, 'seen')
}
