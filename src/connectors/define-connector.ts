import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { ActionValues, Parameter } from '../domain/action.ts'
import type { ConnectorSettings, LoginNeed, TaskPeople } from '../domain/catalog.ts'
import {
  type AccessOrder,
  type Assurance,
  type Connector,
  ConnectorError,
  type Evidence,
  type HeldLease,
  type RunOrder,
  type Runs,
} from '../domain/connector.ts'
import { contentFromJson, type EntitlementContent } from '../domain/entitlement-content.ts'
import type { PersonTasks } from '../domain/task.ts'

/** One kind of target system: all that Daypass knows of it. */
export interface ConnectorDefinition<
  Settings extends z.ZodObject,
  Content extends z.ZodObject,
  Action extends z.ZodObject = z.ZodObject,
> {
  /** `connector.kind` in the catalog. */
  readonly kind: string
  /** The other keys of `connector` in the catalog: strict, each with `.describe()`, which editors show. */
  readonly settings: Settings
  /** The connector's own keys of an entitlement: strict, described, and plain JSON as output. */
  readonly entitlement: Content
  /** Absent: resources of this kind offer no actions. */
  readonly action?: ActionDefinition<Action>
  /** The worth of a revocation: of every resource of this kind, or of one by its settings. */
  readonly assurance: Assurance | ((settings: z.output<Settings>) => Assurance)
  /** How long a revocation may wait for a person until security is told, in seconds. Absent: `usualEscalationSeconds`. */
  readonly escalateAfter?: (settings: z.output<Settings>) => number
  /**
   * For connectors that give access to an existing login: its name for people, such as "GitHub login", or null for content or
   * a resource that needs none. Somebody answerable must have confirmed the holder's, unless it is the holder's Slack account.
   * Orders carry it (`holder.identity`).
   */
  readonly login?:
    | LoginNeed
    | ((content: z.output<Content>, settings: z.output<Settings>) => LoginNeed | null)
  /**
   * For connectors that make people members of Slack user groups: that group, by the content. The catalog and the policies are
   * refused where such a group decides something.
   */
  readonly userGroup?: (content: z.output<Content>) => string | null
  /** For connectors without `activity`: why the target does not show what a holder does, as a sentence for people. */
  readonly cannotTell?: string | ((settings: z.output<Settings>) => string | null)
  /** For connectors with `activity`: how many seconds later the target may show a use. Null: it shows it at once. */
  readonly tellsLate?: (settings: z.output<Settings>) => number | null
  /** For connectors that order work of people (`OpenedResource.tasks`): who does it, and where they are asked. */
  readonly taskPeople?: (settings: z.output<Settings>) => TaskPeople
  /**
   * Makes the connector of one resource. It does no IO yet, and loads no client library: `await import(...)` does so at the
   * first connection, so that kinds which the catalog does not use cost nothing.
   */
  open(
    resource: OpenedResource<z.output<Settings>, z.output<Content>, z.output<Action>>,
  ): Connector<z.output<Content>, z.output<Action>>
}

/** What a connector knows of its actions without a target. */
export interface ActionDefinition<Action extends z.ZodObject> {
  /** The connector's own keys of an action: strict, described, and plain JSON as output. */
  readonly schema: Action
  /** Faults of a template with these parameters: each with the key that has it. */
  problems(
    content: z.output<Action>,
    parameters: readonly Parameter[],
  ): readonly { readonly key: string; readonly what: string; readonly remedy: string }[]
  /** What will be done, exactly, for people. The same content and values give the same text. */
  render(content: z.output<Action>, values: ActionValues): string
}

/** A resource, as its connector sees it. */
export interface OpenedResource<Settings, Content, Action = unknown> {
  readonly id: string
  readonly settings: Settings
  /** The present entitlements of the resource in the catalog, by id. */
  readonly offers: ReadonlyMap<string, Content>
  /** Its actions. */
  readonly actions: ReadonlyMap<string, Action>
  /** Whether the members of this Slack user group decide something by the present catalog. */
  readonly isDecidingGroup: (userGroup: string) => boolean
  /** Where the connector orders work of people. */
  readonly tasks: PersonTasks
}

/** Reads a value at its place in a file; null if it reported problems. */
type Read = <Schema extends z.ZodObject>(schema: Schema) => z.output<Schema> | null

/** A definition for those that know nothing of its types: the catalog file, editors, the registry. */
export interface ConnectorKind {
  readonly kind: string
  readonly settings: z.ZodObject
  readonly entitlement: z.ZodObject
  readSettings(read: Read): ConnectorSettings | null
  readContent(read: Read): EntitlementContent | null
  /** Null: resources of this kind offer no actions. */
  readonly action: {
    readonly schema: z.ZodObject
    readContent(read: Read): EntitlementContent | null
    problems(
      content: EntitlementContent,
      parameters: readonly Parameter[],
    ): readonly { readonly key: string; readonly what: string; readonly remedy: string }[]
  } | null
  /** As in `ConnectorSettings`, which cannot be read while variables are absent. */
  readonly userGroupFor?: (content: EntitlementContent) => string | null
}

/** The settings that a value was made from, to compare two. They hold secrets, so nothing else may read them. */
const settingsOf = new WeakMap<ConnectorSettings, unknown>()

/** Registers nothing by itself: add the result to `kinds.ts`. */
export function defineConnector<
  Settings extends z.ZodObject,
  Content extends z.ZodObject,
  Action extends z.ZodObject,
>(definition: ConnectorDefinition<Settings, Content, Action>): ConnectorKind {
  const { kind, login, userGroup, action } = definition
  const contents = rememberContents(definition.entitlement)
  const actionContents = action && rememberContents(action.schema)
  const typedAction = (content: EntitlementContent) => actionContents?.typed(content) ?? null
  const userGroupFor = (content: EntitlementContent) => {
    const typed = contents.typed(content)
    return typed && userGroup ? userGroup(typed) : null
  }
  return {
    kind,
    ...(userGroup && { userGroupFor }),
    settings: definition.settings,
    entitlement: definition.entitlement,
    readSettings: (read) => {
      const settings = read(definition.settings)
      if (!settings) return null
      const { cannotTell: why = null } = definition
      const cannotTell = typeof why === 'function' ? why(settings) : why
      const tellsLateSeconds = definition.tellsLate?.(settings) ?? null
      const assurance =
        typeof definition.assurance === 'function' ? definition.assurance(settings) : definition.assurance
      const result: ConnectorSettings = {
        kind,
        assurance,
        ...(cannotTell !== null && { cannotTell }),
        ...(tellsLateSeconds !== null && { tellsLateSeconds }),
        ...(definition.taskPeople && { taskPeople: definition.taskPeople(settings) }),
        ...(definition.escalateAfter && { escalateAfterSeconds: definition.escalateAfter(settings) }),
        ...(login && {
          loginFor: (content) => {
            const typed = contents.typed(content)
            return typeof login === 'function' ? typed && login(typed, settings) : login
          },
        }),
        ...(userGroup && { userGroupFor }),
        ...(action && {
          renderAction: (content: EntitlementContent, values: ActionValues) =>
            action.render(required(typedAction(content), 'the resource', 'the action'), values),
        }),
        isSame: (other) => other.kind === kind && isDeepStrictEqual(settingsOf.get(other), settings),
        open: ({ id, entitlements, isDecidingGroup = () => false, tasks = noTasks }) => {
          const all = [...entitlements]
          const offers = new Map(
            all.flatMap(([offer, { content, action }]) =>
              action ? [] : [[offer, required(contents.typed(content), id, offer)]],
            ),
          )
          const actions = new Map(
            all.flatMap(([offer, { content, action }]) =>
              action ? [[offer, required(typedAction(content), id, offer)]] : [],
            ),
          )
          const opened = { id, settings, offers, actions, isDecidingGroup, tasks }
          return untyped(definition.open(opened), contents.typed, typedAction, assurance)
        },
      }
      settingsOf.set(result, settings)
      return result
    },
    readContent: (read) => {
      const content = read(definition.entitlement)
      return content && contents.opaque(content)
    },
    action:
      action && actionContents
        ? {
            schema: action.schema,
            readContent: (read) => {
              const content = read(action.schema)
              return content && actionContents.opaque(content)
            },
            problems: (content, parameters) => {
              const typed = typedAction(content)
              return typed ? action.problems(typed, parameters) : []
            },
          }
        : null,
  }
}

/** Content from the catalog was read by the schema already; content from the database is read when it is first used. */
function rememberContents<Content extends z.ZodObject>(schema: Content) {
  const known = new WeakMap<EntitlementContent, z.output<Content>>()
  return {
    opaque(typed: z.output<Content>): EntitlementContent {
      const content = contentFromJson(typed)
      known.set(content, typed)
      return content
    },
    /** Null for what was approved under another version of the schema and is no longer understood. */
    typed(content: EntitlementContent | null): z.output<Content> | null {
      if (content === null) return null
      const typed = known.get(content) ?? schema.safeParse(content).data ?? null
      if (typed) known.set(content, typed)
      return typed
    },
  }
}

/** The connector as use-cases call it. To take access away, its content need not be understood any more. */
function untyped<Content, Action>(
  connector: Connector<Content, Action>,
  typed: (content: EntitlementContent | null) => Content | null,
  typedAction: (content: EntitlementContent) => Action | null,
  { proof }: Assurance,
): Connector {
  const {
    grantAll,
    revokeAll,
    issueCredentials,
    standing,
    lookBefore,
    list,
    listMembers,
    isHeld,
    lastUsed,
    activity,
    maintain,
  } = connector
  const isReadable = (order: AccessOrder<Content | null>): order is AccessOrder<Content> =>
    order.content !== null
  const leave = (order: AccessOrder<EntitlementContent | null>): AccessOrder<Content | null> => {
    const { content, alsoHeld, ...rest } = order
    return { ...rest, content: typed(content), ...(alsoHeld && { alsoHeld: alsoHeld.flatMap(readLease) }) }
  }
  /** A lease that is not understood gives nothing that could be compared. */
  const readLease = (lease: HeldLease): HeldLease<NonNullable<Content>>[] => {
    const content = typed(lease.content)
    return content === null || content === undefined ? [] : [{ ...lease, content }]
  }
  const understood = (order: AccessOrder): AccessOrder<Content> => {
    const read = leave(order)
    if (isReadable(read)) return read
    throw contentProblem(order.resourceId, order.entitlementId)
  }
  const grantReadable = (orders: readonly AccessOrder[]) => {
    const read = orders.map(leave)
    const answers = (grantAll?.call(connector, read.filter(isReadable)) ?? []).values()
    return read.map((order) => (isReadable(order) ? nextOf(answers) : notUnderstood(order)))
  }
  const proven = async (evidence: Promise<Evidence>): Promise<Evidence> => ({ proof, ...(await evidence) })
  return {
    grant: async (order) => proven(connector.grant(understood(order))),
    revoke: (order) => proven(connector.revoke(leave(order))),
    check: () => connector.check(),
    close: () => connector.close(),
    ...(grantAll && { grantAll: (orders) => grantReadable(orders).map(proven) }),
    ...(revokeAll && { revokeAll: (orders) => revokeAll.call(connector, orders.map(leave)).map(proven) }),
    ...(issueCredentials && {
      issueCredentials: (order, brought) => issueCredentials.call(connector, leave(order), brought),
    }),
    ...(standing && { standing: async (order) => standing.call(connector, understood(order)) }),
    ...(lookBefore && { lookBefore: async (order) => lookBefore.call(connector, understood(order)) }),
    ...(list && { list: () => list.call(connector) }),
    ...(listMembers && { listMembers: () => listMembers.call(connector) }),
    ...(isHeld && { isHeld: async (order) => isHeld.call(connector, understood(order)) }),
    ...(lastUsed && { lastUsed: (orders) => lastUsed.call(connector, orders.map(leave)) }),
    ...(activity && { activity: (orders) => activity.call(connector, orders.map(leave)) }),
    ...(maintain && { maintain: () => maintain.call(connector) }),
    ...(connector.runs && { runs: untypedRuns(connector.runs, typedAction) }),
  }
}

function untypedRuns<Action>(
  runs: Runs<Action>,
  typed: (content: EntitlementContent) => Action | null,
): Runs {
  const { preview } = runs
  const read = ({ content, ...order }: RunOrder): RunOrder<Action> => ({
    ...order,
    content: required(typed(content), order.resourceId, order.actionId),
  })
  return {
    ready: async (order) => runs.ready(read(order)),
    settle: async (order, mark, isToStop) => runs.settle(read(order), mark, isToStop),
    ...(preview && { preview: async (order) => preview.call(runs, read(order)) }),
  }
}

function required<Content>(content: Content | null, resourceId: string, entitlementId: string): Content {
  if (content !== null) return content
  throw contentProblem(resourceId, entitlementId)
}

async function notUnderstood({ resourceId, entitlementId }: AccessOrder<unknown>): Promise<never> {
  throw contentProblem(resourceId, entitlementId)
}

function contentProblem(resourceId: string, entitlementId: string): ConnectorError {
  return new ConnectorError(
    'misconfigured',
    `what ${entitlementId} of ${resourceId} gives is not understood by this version of Daypass: ask for it again`,
    { retryable: false },
  )
}

async function nextOf(answers: Iterator<Promise<Evidence>>): Promise<Evidence> {
  const { value } = answers.next()
  if (value) return value
  throw new Error('a connector left a grant without an answer')
}

/** For callers that need no people, such as a check of files. */
const noTasks: PersonTasks = {
  now: () => new Date(),
  ensure: noPlaceForTasks,
  withdraw: noPlaceForTasks,
  find: noPlaceForTasks,
  countOpen: noPlaceForTasks,
}

async function noPlaceForTasks(): Promise<never> {
  const message = 'There is no place for tasks of people here.'
  throw new ConnectorError('misconfigured', message, { retryable: false })
}
