import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

const attribute = z.object({
  type: z.string(),
  object: z.string().optional(),
  array: z.boolean().optional(),
  required: z.boolean().optional(),
  profiles: z.array(z.string()).optional(),
  enum: z.record(z.string(), z.string()).optional(),
})
type Attribute = z.output<typeof attribute>
const described = z.object({
  uid: z.int().optional(),
  constraints: z.record(z.string(), z.array(z.string())).optional(),
  deprecated: z.boolean().optional(),
  attributes: z.record(z.string(), attribute),
})
type Described = z.output<typeof described>
const schema = z.object({
  version: z.string(),
  types: z.record(
    z.string(),
    z.object({ type: z.string().optional(), regex: z.string().optional(), max_len: z.int().optional() }),
  ),
  classes: z.record(z.string(), described),
  objects: z.record(z.string(), described),
})
export type OcsfSchema = z.output<typeof schema>

export function ocsfSchema(version: '1.8' | '1.9'): OcsfSchema {
  const path = new URL(`schemas/ocsf-${version}.json`, import.meta.url)
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
}

type Fields = Readonly<Record<string, unknown>>

/** Every way in which an event is not as the published schema says. */
export function ocsfProblems(schema: OcsfSchema, event: Fields): string[] {
  const found = Object.values(schema.classes).find(({ uid }) => uid === event.class_uid)
  if (!found) return [`the schema has no class ${event.class_uid}`]
  const profiles = (event.metadata as { profiles?: string[] }).profiles ?? []
  const problems = problemsOf(schema, found, event, '', profiles)
  if (found.deprecated) problems.push(`the class ${event.class_uid} is deprecated`)
  if (event.type_uid !== Number(event.class_uid) * 100 + Number(event.activity_id))
    problems.push('type_uid is not class and activity')
  if ((event.metadata as { version: string }).version !== schema.version)
    problems.push('metadata.version is another')
  for (const [id, caption] of Object.entries(captions))
    if (event[id] !== 99 && event[caption] !== enumOf(found, id)[String(event[id])])
      problems.push(`${caption} is ${event[caption]}, and not the one of ${id}`)
  return problems
}

/** Each id with the attribute that says it in words. */
const captions = { activity_id: 'activity_name', severity_id: 'severity', status_id: 'status' }

function enumOf({ attributes }: Described, name: string): Readonly<Record<string, string>> {
  return attributes[name]?.enum ?? {}
}

function problemsOf(
  schema: OcsfSchema,
  { attributes, constraints = {} }: Described,
  value: Fields,
  at: string,
  profiles: readonly string[],
): string[] {
  const isOn = (one: Attribute) => !one.profiles || one.profiles.some((name) => profiles.includes(name))
  const missing = Object.entries(attributes)
    .filter(([name, one]) => one.required && isOn(one) && value[name] === undefined)
    .map(([name]) => `${at}${name} is required`)
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const known = attributes[name]
    if (!known) return [`${at}${name} is no attribute`]
    if (!isOn(known)) return [`${at}${name} needs a profile`]
    return valueProblems(schema, known, one, `${at}${name}`, profiles)
  })
  const atLeastOne = constraints.at_least_one ?? []
  const none = atLeastOne.length > 0 && atLeastOne.every((name) => value[name] === undefined)
  return [...missing, ...wrong, ...(none ? [`${at} needs one of ${atLeastOne.join(', ')}`] : [])]
}

function valueProblems(
  schema: OcsfSchema,
  known: Attribute,
  value: unknown,
  at: string,
  profiles: readonly string[],
): string[] {
  if (known.array) {
    if (!Array.isArray(value)) return [`${at} is no array`]
    return value.flatMap((one, place) =>
      valueProblems(schema, { ...known, array: false }, one, `${at}[${place}]`, profiles),
    )
  }
  if (known.enum && !Object.hasOwn(known.enum, String(value))) return [`${at}: ${value} is no value of it`]
  if (known.object !== undefined) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`]
    if (known.object === 'object') return []
    const described = schema.objects[known.object]
    if (!described) return [`the fixture has no object ${known.object}: add it to schemas/ocsf.jq`]
    return problemsOf(schema, described, value as Fields, `${at}.`, profiles)
  }
  return plainProblems(schema, known.type, value, at)
}

function plainProblems({ types }: OcsfSchema, type: string, value: unknown, at: string): string[] {
  if (type === 'json_t') return []
  if (type === 'boolean_t') return typeof value === 'boolean' ? [] : [`${at} is no boolean`]
  const base = types[type]?.type ?? type
  if (['integer_t', 'long_t', 'port_t', 'timestamp_t'].some((one) => one === type || one === base))
    return Number.isSafeInteger(value) ? [] : [`${at} is no integer`]
  if (typeof value !== 'string') return [`${at} is no text`]
  const { regex, max_len } = types[type] ?? {}
  if (max_len !== undefined && value.length > max_len) return [`${at} is too long`]
  return regex === undefined || new RegExp(regex).test(value) ? [] : [`${at} is no ${type}`]
}

const ecsField = z.object({
  type: z.string(),
  required: z.boolean().optional(),
  array: z.boolean().optional(),
  values: z.record(z.string(), z.array(z.string())).optional(),
})
const ecsSchema = z.object({ version: z.string(), fields: z.record(z.string(), ecsField) })

const ecs = ecsSchema.parse(
  JSON.parse(readFileSync(new URL('schemas/ecs-9.4.json', import.meta.url), 'utf8')),
)

/** Every way in which an event is not as the Elastic Common Schema says. `daypass` is a field of our own. */
export function ecsProblems(event: Fields): string[] {
  const { fields, version } = ecs
  const flat = Object.fromEntries(flattened(event).filter(([name]) => !name.startsWith('daypass.')))
  const problems = Object.entries(flat).flatMap(([name, value]) => {
    const field = fields[name]
    if (!field) return [`${name} is no field`]
    const isArray = Array.isArray(value)
    if (isArray !== (field.array ?? false)) return [`${name} is ${isArray ? 'an' : 'no'} array`]
    return [value].flat().flatMap((one) => {
      if (field.type === 'long') return Number.isSafeInteger(one) ? [] : [`${name} is no number`]
      if (typeof one !== 'string') return [`${name} is no text`]
      if (field.type === 'date' && Number.isNaN(Date.parse(one))) return [`${name} is no date`]
      return field.values && !Object.hasOwn(field.values, one) ? [`${name}: ${one} is no value of it`] : []
    })
  })
  for (const [name, { required }] of Object.entries(fields))
    if (required && flat[name] === undefined) problems.push(`${name} is required`)
  const categories = flat['event.category'] as string[]
  const expected = categories.flatMap((one) => fields['event.category']?.values?.[one] ?? [])
  for (const type of flat['event.type'] as string[])
    if (!expected.includes(type)) problems.push(`event.type ${type} is not expected of ${categories}`)
  if (!isDeepStrictEqual(flat['ecs.version'], version)) problems.push('ecs.version is another')
  return problems
}

function flattened(value: Fields, at = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, one]): [string, unknown][] =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? flattened(one as Fields, `${at}${name}.`)
      : [[`${at}${name}`, one]],
  )
}
