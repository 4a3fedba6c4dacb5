import type { Entitlement, Resource } from '../domain/catalog.ts'
import { idPattern } from '../domain/catalog.ts'
import { formatDuration } from '../domain/duration.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import { type Escalation, escalationSchema, namesEnough, planOf } from './approvals.ts'
import { check, idProblem, mergeKey, unknownKeys } from './issues.ts'
import { suggest } from './known-keys.ts'
import { type MomentsByRisk, offerOf } from './offer.ts'
import { entriesOf, pick, property } from './plain.ts'
import { readAction } from './read-action.ts'
import {
  approvalsSchema,
  breakGlassLimitsSchema,
  type CatalogConnector,
  entitlementSchema,
  limitsSchema,
  ownersSchema,
  resourceSchema,
} from './schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

interface Place {
  readonly source: YamlSource
  readonly path: Path
  readonly problems: FileProblem[]
}

/** Reads one resource with its entitlements; null when `problems` grew. */
export function readResource(
  id: string,
  value: unknown,
  at: Place & { connectorKinds: readonly CatalogConnector[]; escalation: Escalation; stepUp: MomentsByRisk },
): Resource | null {
  const before = at.problems.length
  const resource = check(resourceSchema, value, at)
  const kind = connectorKindOf(property(value, 'connector'), at)
  const connector = kind && readConnector(kind, property(value, 'connector'), at)
  const owners = ownersSchema.safeParse(property(value, 'owners'))
  const own = escalationSchema.safeParse(property(value, 'escalation'))
  const escalation = { ...at.escalation, ...own.data }
  const approvers = owners.success ? owners.data.approvers : []
  const offers = new Map<string, Entitlement>()
  for (const [entitlementId, entitlementValue] of entriesOf(property(value, 'entitlements'))) {
    const place = { ...at, path: [...at.path, 'entitlements', entitlementId] }
    if (!idPattern.test(entitlementId)) at.problems.push(idProblem(at.source, place.path))
    if (entitlementId === mergeKey) continue
    const entitlement = readEntitlement(id, entitlementId, entitlementValue, {
      ...place,
      kind,
      approvers,
      escalation,
    })
    if (entitlement) offers.set(entitlementId, entitlement)
    if (owners.success) tooFewApprovers(id, entitlementValue, approvers, { ...place, escalation })
  }
  const taken = new Map(entriesOf(property(value, 'entitlements')))
  for (const [actionId, actionValue] of entriesOf(property(value, 'actions'))) {
    const place = { ...at, path: [...at.path, 'actions', actionId], escalation }
    const action = readAction(id, actionId, actionValue, { ...place, kind, approvers, taken })
    if (action) offers.set(actionId, action)
    if (owners.success) tooFewApprovers(id, actionValue, approvers, place)
  }
  if (!resource || !connector || at.problems.length > before) return null
  const { name, environment = null, tags } = resource
  const { remindAfter } = escalation
  return {
    ...{ id, name, environment, tags, owners: resource.owners, connector, entitlements: offers },
    ...(remindAfter === undefined ? {} : { remindAfterSeconds: remindAfter }),
  }
}

function connectorKindOf(
  connector: unknown,
  at: Place & { connectorKinds: readonly CatalogConnector[] },
): CatalogConnector | null {
  const kind = property(connector, 'kind')
  if (typeof kind !== 'string') return null
  const found = at.connectorKinds.find((one) => one.kind === kind)
  if (found) return found
  const path = [...at.path, 'connector', 'kind']
  if (at.source.isBroken(path)) return null
  const kinds = at.connectorKinds.map((one) => one.kind)
  const known = `Known kinds: ${kinds.map((one) => `\`${one}\``).join(', ')}.`
  const nearest = suggest(kind, kinds)
  const remedy = nearest.startsWith('Did') ? `${nearest} ${known}` : known
  at.problems.push(at.source.problemAt(path, 'There is no connector of this kind.', remedy))
  return null
}

function readConnector(kind: CatalogConnector, value: unknown, at: Place): Resource['connector'] | null {
  const place = { ...at, path: [...at.path, 'connector'] }
  const own = Object.keys(kind.settings.shape)
  at.problems.push(...unknownKeys(at.source, place.path, value, ['kind', ...own]))
  const before = at.problems.length
  const settings = kind.readSettings((schema) => check(schema, pick(value, own), place))
  // Only absent variables are in the way, and they are no problem here.
  const isUnknown = settings === null && at.problems.length === before && at.source.absent.length > 0
  if (!isUnknown) return settings
  const { userGroupFor } = kind
  const unknown = { kind: kind.kind, isSame: () => false, open: notToBeOpened }
  return userGroupFor ? { ...unknown, userGroupFor } : unknown
}

function notToBeOpened(): never {
  throw new Error('a catalog that was read without its variables is not served')
}

function readEntitlement(
  resourceId: string,
  id: string,
  value: unknown,
  at: Place & {
    kind: CatalogConnector | null
    approvers: readonly string[]
    escalation: Escalation
    stepUp: MomentsByRisk
  },
): Entitlement | null {
  const common = check(entitlementSchema, value, at)
  longerThanMax(value, at)
  longerBreakGlass(value, at)
  // Without a connector, its own keys are not known.
  if (!at.kind) return null
  const own = Object.keys(at.kind.entitlement.shape)
  if (common || typeof value === 'object') {
    const known = [...Object.keys(entitlementSchema.shape), ...own]
    at.problems.push(...unknownKeys(at.source, at.path, value, known))
  }
  const isMap = entriesOf(value).length > 0
  const content = isMap ? at.kind.readContent((schema) => check(schema, pick(value, own), at)) : null
  if (!common || !content) return null
  return {
    ...offerOf(resourceId, id, common, at),
    defaultDurationSeconds: common.defaultDuration ?? Math.min(3600, common.maxDuration),
    maxDurationSeconds: common.maxDuration,
    ...(common.idleAfter === undefined ? {} : { idleAfterSeconds: common.idleAfter }),
    breakGlass: common.breakGlass ? { maxDurationSeconds: common.breakGlass.maxDuration } : null,
    content,
  }
}

/** Break-glass is for an emergency, so it must not give longer access than an approval. */
function longerBreakGlass(value: unknown, { source, path, problems }: Place): void {
  const limits = breakGlassLimitsSchema.safeParse(value)
  if (!limits.success || limits.data.breakGlass.maxDuration <= limits.data.maxDuration) return
  const what = `This is longer than \`maxDuration\` of the entitlement, ${formatDuration(limits.data.maxDuration)}.`
  const remedy = 'Shorten it: access without an approval lasts no longer than access with one.'
  problems.push(source.problemAt([...path, 'breakGlass', 'maxDuration'], what, remedy))
}

function longerThanMax(value: unknown, { source, path, problems }: Place): void {
  const limits = limitsSchema.safeParse(value)
  if (!limits.success) return
  const { defaultDuration, maxDuration } = limits.data
  if (defaultDuration === undefined || defaultDuration <= maxDuration) return
  const what = `\`defaultDuration\` is longer than \`maxDuration\`, ${formatDuration(maxDuration)}.`
  problems.push(
    source.problemAt([...path, 'defaultDuration'], what, 'Shorten the one or lengthen the other.'),
  )
}

function tooFewApprovers(
  resourceId: string,
  value: unknown,
  ownApprovers: readonly string[],
  { source, path, problems, escalation }: Place & { escalation: Escalation },
): void {
  const read = approvalsSchema.safeParse(value)
  if (!read.success) return
  const { approvals, approvers = ownApprovers } = read.data
  if (namesEnough(planOf(read.data, escalation), approvers)) return
  const people = new Set(approvers).size
  const are = people === 1 ? 'is only 1 approver' : `are only ${people} approvers`
  const of = read.data.approvers ? 'this entitlement' : `\`${resourceId}\``
  const what =
    typeof approvals === 'number'
      ? `\`approvals\` asks for ${approvals} people, and there ${are} of ${of}.`
      : '`approvals` asks for more distinct people than are named, so no request could be approved.'
  const remedy = 'Name more approvers or a user group, or ask for fewer approvals.'
  problems.push(source.problemAt([...path, 'approvals'], what, remedy))
}
