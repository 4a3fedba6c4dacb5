import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import * as ajvFormats from 'ajv-formats'
import { asString, isObject } from '../json.ts'
import { withDiscriminators } from './discriminators.ts'
import { payloadProblems, type Surface } from './payload-rules.ts'

const schema = withDiscriminators(
  JSON.parse(
    readFileSync(new URL('../slack-data/block-kit/slack-block-kit.schema.json', import.meta.url), 'utf8'),
  ),
)
const id = asString(schema.$id)

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  verbose: true,
  discriminator: true,
  inlineRefs: false,
})
ajvFormats.default.default(ajv)
ajv.addSchema(schema)

const compiled = new Map<string, ValidateFunction>()

function validator(name: string): ValidateFunction {
  const known = compiled.get(name)
  if (known) return known
  const made = ajv.compile({ $ref: `${id}#/$defs/${name}` })
  compiled.set(name, made)
  return made
}

const definitions = isObject(schema.$defs) ? schema.$defs : {}

/** Compiles all schemas in advance: a trigger must not expire while the first view waits for its schema. */
export function warmUp(): void {
  for (const name of Object.keys(definitions)) if (/_(block|view)$/.test(name)) validator(name)
  validator('static_select_element')
}

/** The problems in the blocks of a message, each as `text [json-pointer:/blocks/0/...]`. */
export function messageProblems(blocks: unknown): string[] {
  if (!Array.isArray(blocks)) return ['must provide an array [json-pointer:/blocks]']
  return [...blocks.flatMap(blockProblems), ...payloadProblems(blocks.filter(isObject), 'message')]
}

/** The problems in a view of this kind. */
export function viewProblems(view: unknown, surface: Exclude<Surface, 'message'>): string[] {
  if (!isObject(view)) return ['must provide an object [json-pointer:/view]']
  const problems: string[] = []
  const blocks = Array.isArray(view.blocks) ? view.blocks : []
  const check = validator(`${surface}_view`)
  if (!check(view)) {
    // The schemas of single blocks, below, give better messages for errors within blocks.
    const own = (check.errors ?? []).filter((e) => !e.instancePath.startsWith('/blocks/'))
    problems.push(...told(own, '/view'))
  }
  problems.push(
    ...blocks.flatMap((b, i) => blockProblems(b, i).map((p) => p.replace('/blocks/', '/view/blocks/'))),
  )
  return [...problems, ...payloadProblems(blocks.filter(isObject), surface)]
}

/** The problems in the answer of an app to a `block_suggestion`. */
export function optionProblems(options: unknown, groups: unknown): string[] {
  const element = {
    type: 'static_select',
    ...(groups === undefined ? { options } : { option_groups: groups }),
  }
  const list = groups === undefined ? options : groups
  if (Array.isArray(list) && list.length === 0) return []
  const check = validator('static_select_element')
  return check(element) ? [] : told(check.errors ?? [], '')
}

function blockProblems(block: unknown, index: number): string[] {
  const pointer = `/blocks/${index}`
  const type = isObject(block) ? asString(block.type) : ''
  if (!(`${type}_block` in definitions))
    return [`unsupported type: ${type || typeof block} [json-pointer:${pointer}/type]`]
  const check = validator(`${type}_block`)
  return check(block) ? [] : told(check.errors ?? [], pointer)
}

const COMPOSED = new Set(['oneOf', 'anyOf', 'allOf', 'if', 'not'])

/** The errors as text, without those that only say that a nested schema failed. */
function told(errors: ErrorObject[], prefix: string): string[] {
  const speaking = errors.filter((e) => !COMPOSED.has(e.keyword))
  const list = speaking.length > 0 ? speaking : errors
  return [...new Set(list.map((e) => `${worded(e)} [json-pointer:${prefix}${pointer(e)}]`))].slice(0, 5)
}

function pointer({ keyword, instancePath }: ErrorObject): string {
  return keyword === 'discriminator' ? `${instancePath}/type` : instancePath
}

function worded({ keyword, params, message, data, instancePath }: ErrorObject): string {
  if (keyword === 'discriminator') return `unsupported type: ${String(params.tagValue)}`
  if (keyword === 'const' && instancePath.endsWith('/type')) return `unsupported type: ${String(data)}`
  if (keyword === 'maxLength') return `must be no more than ${params.limit} characters`
  if (keyword === 'minLength') return `must be at least ${params.limit} characters`
  if (keyword === 'maxItems') return `no more than ${params.limit} items allowed`
  if (keyword === 'minItems') return `no fewer than ${params.limit} items allowed`
  if (keyword === 'required') return `missing required field: ${params.missingProperty}`
  if (keyword === 'additionalProperties') return `unsupported field: ${params.additionalProperty}`
  if (keyword === 'type') return `must provide ${params.type === 'array' ? 'an' : 'a'} ${params.type}`
  return message ?? keyword
}
