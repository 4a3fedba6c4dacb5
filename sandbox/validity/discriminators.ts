import { asArray, asObject, asString, isObject, type Json } from '../json.ts'

/**
 * Marks each `oneOf` whose alternatives differ by a constant `type`. An object is then checked only against the alternative of
 * its `type`, and the errors are about that one.
 */
export function withDiscriminators(schema: Json): Json {
  const definitions = asObject(schema.$defs)
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (!isObject(node)) return node
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]))
    return toldApartByType(node, definitions) ? { ...copy, discriminator: { propertyName: 'type' } } : copy
  }
  return walk(schema) as Json
}

function toldApartByType(node: Json, definitions: Json): boolean {
  const alternatives = asArray(node.oneOf).map((a) => resolve(asObject(a), definitions))
  const types = alternatives.map((a) => asObject(asObject(a.properties).type).const)
  const named = types.every((type) => typeof type === 'string')
  const required = alternatives.every((a) => asArray(a.required).includes('type'))
  return alternatives.length > 1 && named && required && new Set(types).size === types.length
}

function resolve(alternative: Json, definitions: Json): Json {
  const ref = asString(alternative.$ref)
  return ref ? asObject(definitions[ref.slice('#/$defs/'.length)]) : alternative
}
