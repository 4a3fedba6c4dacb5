import { exactAction, readParameter } from '../../domain/action.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { FieldProblem } from './field-problem.ts'
import { type ReadTerms, readTerms, type TypedTerms } from './read-terms.ts'

/** The fields of a form for access or for an action. */
export interface TypedOffer extends TypedTerms {
  /** Of an action: the values as typed, by the names of its parameters. Absent: none. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Reads the typed terms of access, or the values of an action, and makes the exact operation of them. Returns all problems at once. */
export function readOffer(resource: Resource, entitlement: Entitlement, typed: TypedOffer): ReadTerms {
  const { action } = entitlement
  const known = action?.parameters ?? []
  const given = typed.parameters ?? {}
  const strange = Object.keys(given).filter((name) => !known.some((parameter) => parameter.name === name))
  const problems: FieldProblem[] = strange.slice(0, 5).map((name) => noSuchParameter(entitlement, name))
  const terms = readTerms(entitlement, action ? { ...typed, duration: null } : typed)
  if ('problems' in terms) problems.unshift(...terms.problems)
  if (!action) return problems.length > 0 ? { problems } : terms

  if (typed.duration !== null)
    problems.push({ field: 'duration', message: `${entitlement.name} is run once, so it takes no time.` })
  if (typed.start)
    problems.push({ field: 'start', message: `${entitlement.name} is run once it is approved, not later.` })
  const values: Record<string, string> = {}
  for (const parameter of known) {
    const { name } = parameter
    const read = readParameter(parameter, Object.hasOwn(given, name) ? (given[name] ?? '') : '')
    if ('value' in read) values[name] = read.value
    else problems.push({ field: `parameter:${name}`, message: read.problem })
  }
  if (problems.length > 0 || 'problems' in terms) return { problems }
  const rendered = renderAction(resource, entitlement, values)
  const named = { resourceId: resource.id, actionId: entitlement.id }
  const exact = exactAction(named, values, rendered)
  if (exact.text.length <= longestText) return { asked: { ...terms.asked, action: exact } }
  const message = `With these values it is longer than ${longestText} characters, so nobody could read all of it. Shorten them.`
  return { problems: [{ field: 'entitlement', message }] }
}

/** People approve what they can read: a card holds so much, in one text object of 3,000 characters. */
const longestText = 2_800

/** What will be done, exactly. The same content and values give the same text. */
export function renderAction(
  { connector }: Pick<Resource, 'connector'>,
  { content }: Pick<Entitlement, 'content'>,
  values: Readonly<Record<string, string>>,
): string {
  if (!connector.renderAction) throw new Error(`connectors of the kind ${connector.kind} have no actions`)
  return connector.renderAction(content, values)
}

function noSuchParameter({ name: offer, action }: Entitlement, name: string): FieldProblem {
  const known = action?.parameters.map((parameter) => parameter.name) ?? []
  const others = known.length > 0 ? `It takes: ${known.join(', ')}.` : 'It takes none.'
  return { field: 'entitlement', message: `${offer} takes no “${name.slice(0, 40)}”. ${others}` }
}
