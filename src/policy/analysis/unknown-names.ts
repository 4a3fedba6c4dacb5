import { type Catalog, risks } from '../../domain/catalog.ts'
import type { FileProblem } from '../../domain/file-problem.ts'
import type { Finding } from '../../domain/finding.ts'
import { likelyMeant } from '../../domain/likely-meant.ts'
import { personKinds } from '../../domain/person.ts'
import type { ParsedPolicy } from '../parse-policies.ts'
import { literalsOf } from './literals.ts'

interface Misnamed {
  readonly policyId: string
  readonly finding: Finding
}

/** Policies that name what the catalog has not: a misspelt name never matches, and nobody notices. */
export function unknownNames({
  catalog,
  policies,
}: {
  readonly catalog: Catalog
  readonly policies: readonly ParsedPolicy[]
}): Misnamed[] {
  const resources = [...catalog.resources.values()]
  const entitlements = resources.flatMap(({ entitlements }) => [...entitlements.values()])
  const known: Readonly<Record<string, readonly string[]>> = {
    Resource: [...catalog.resources.keys(), '*'],
    Approvers: [...catalog.resources.keys()],
    Entitlement: entitlements.map(({ resourceId, id }) => `${resourceId}/${id}`),
    SecurityLeads: ['catalog'],
  }
  const values: Readonly<Record<string, readonly string[]>> = {
    environment: resources.flatMap(({ environment }) => environment ?? []),
    risk: [...risks],
    kind: [...personKinds],
    tags: [...resources, ...entitlements].flatMap(({ tags = [] }) => tags),
  }
  return policies.flatMap((policy) => {
    const { entities, strings } = literalsOf([policy.json])
    const misnamed = (what: string, name: string, names: readonly string[], code: string): Misnamed => {
      const [nearest] = likelyMeant(name, names)
      const remedy = nearest
        ? `Did you mean \`${nearest}\`?`
        : 'Correct the name, add it to the catalog, or remove the policy.'
      const problem: FileProblem = {
        ...placeOf(policy, JSON.stringify(name)),
        what: `\`${policy.id}\` names ${what} \`${name}\`, which the catalog has not.`,
        remedy,
      }
      return { policyId: policy.id, finding: { code, severity: 'error', problem } }
    }
    const named = entities.flatMap(({ type, id }) => {
      const names = known[type]
      return !names || names.includes(id)
        ? []
        : [misnamed(nouns[type] ?? type, id, names, `unknown-${slug(type)}`)]
    })
    const compared = Object.entries(values).flatMap(([attribute, names]) =>
      [...(strings.get(attribute) ?? [])]
        // An engagement has tags too, which no file lists.
        .filter((name) => !names.includes(name) && !(attribute === 'tags' && readsEngagement(policy)))
        .map((name) =>
          misnamed(nouns[attribute] ?? attribute, name, names, `unknown-${attribute.replace(/s$/, '')}`),
        ),
    )
    return [...named, ...compared]
  })
}

const nouns: Readonly<Record<string, string>> = {
  Resource: 'the resource',
  Approvers: 'the approvers of',
  Entitlement: 'the entitlement',
  SecurityLeads: 'the security leads',
  environment: 'the environment',
  risk: 'the risk',
  kind: 'the kind of person',
  tags: 'the tag',
}

function slug(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
}

function readsEngagement({ json }: ParsedPolicy): boolean {
  return literalsOf([json]).attributes.has('engagement')
}

/** Where a policy writes this text; where the policy begins, if it does not. */
export function placeOf(
  { text, place }: Pick<ParsedPolicy, 'text' | 'place'>,
  written: string,
): Pick<FileProblem, 'file' | 'line' | 'column'> {
  const at = text.indexOf(written)
  if (at < 0) return place
  const before = text.slice(0, at).split('\n')
  const line = place.line + before.length - 1
  const column = (before.at(-1)?.length ?? 0) + (before.length === 1 ? place.column : 1)
  return { file: place.file, line, column }
}
