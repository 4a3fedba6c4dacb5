import { z } from 'zod'
import { ConnectorError } from '../../domain/connector.ts'
import { type Given, givenText, rolePath } from './bindings.ts'
import type { Api, Target } from './target.ts'

const texts = z
  .array(z.string())
  .nullish()
  .transform((all) => all ?? [])
const ruleSchema = z.object({
  verbs: texts,
  apiGroups: texts,
  resources: texts,
  resourceNames: texts,
  nonResourceURLs: texts,
})
export type Rule = z.output<typeof ruleSchema>

const roleSchema = z.object({ rules: z.array(ruleSchema).nullish() })

/** A role at one place, with what it allows at present. */
export interface Known extends Given {
  readonly rules: readonly Rule[]
}

/** The rules of a role; null where there is no such role. */
export async function readRules(api: Api, given: Given): Promise<readonly Rule[] | null> {
  const role = await api.read(roleSchema, rolePath(given))
  return role && (role.rules ?? [])
}

/** What the roles allow at present. A role that is gone allows nothing. */
export function readKnown(api: Api, all: readonly Given[]): Promise<Known[]> {
  return Promise.all(all.map(async (given) => ({ ...given, rules: (await readRules(api, given)) ?? [] })))
}

/** The same, for a lease that begins: each role must be there and allow something. */
export async function requireKnown(target: Target, api: Api, all: readonly Given[]): Promise<Known[]> {
  return Promise.all(
    all.map(async (given) => {
      const rules = await readRules(api, given)
      if (rules && rules.length > 0) return { ...given, rules }
      const why = rules ? 'allows nothing' : 'does not exist'
      const message = `${target.resourceId}: the ${given.role.kind} ${givenText(given)} ${why}. Create it, or correct the catalog.`
      throw new ConnectorError('misconfigured', message, { retryable: false })
    }),
  )
}

/** Something that the API server can be asked: may a user do this? */
export type Question =
  | {
      readonly namespace: string | null
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource: string
      readonly name: string
    }
  | { readonly verb: string; readonly path: string }

/** A role may have hundreds of rules. */
const mostQuestions = 12

/** Things that the role allows at this place. */
export function questionsOf({ namespace, rules }: Known): Question[] {
  const all = rules.flatMap((rule) => [
    ...both(rule.verbs, rule.resources).flatMap(([verb, resource]) =>
      both([verb], rule.apiGroups).flatMap(([, group]) =>
        resourceQuestions(namespace, rule, { verb, resource, group }),
      ),
    ),
    ...(namespace === null ? both(rule.verbs, rule.nonResourceURLs) : []).map(([verb, path]) => ({
      verb: verb === '*' ? 'get' : verb,
      path: path.replace(/\*$/, 'daypass'),
    })),
  ])
  const distinct = [...new Map(all.map((question) => [JSON.stringify(question), question])).values()]
  return distinct.slice(0, mostQuestions)
}

/** The first of each, and the last of each. */
function both(one: readonly string[], other: readonly string[]): [string, string][] {
  const pairs: [string | undefined, string | undefined][] = [
    [one[0], other[0]],
    [one.at(-1), other.at(-1)],
  ]
  return pairs.flatMap(([a, b]) => (a === undefined || b === undefined ? [] : [[a, b] as [string, string]]))
}

/** The thing as the rule names it, and where the rule says `*`, an example of it. */
function resourceQuestions(
  namespace: string | null,
  { resourceNames }: Rule,
  { verb, resource: path, group }: { verb: string; resource: string; group: string },
): Question[] {
  const [resource = '', subresource = ''] = path.split('/')
  const asked = { namespace, verb, group, resource, subresource, name: resourceNames[0] ?? '' }
  const example = {
    ...asked,
    verb: verb === '*' ? 'get' : verb,
    group: group === '*' ? '' : group,
    resource: resource === '*' ? 'pods' : resource,
  }
  return [asked, example]
}
