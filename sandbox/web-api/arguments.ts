import { isObject, type Json, parseJson } from '../json.ts'
import { SlackError } from './errors.ts'
import type { MethodSpec } from './spec.ts'

/** A call's arguments and token, from query string, form or JSON body. */
export interface Parsed {
  args: Json
  token: string
  /** Names given more than once: only the last counts. */
  doubled: string[]
}

export function parseCall(
  query: URLSearchParams,
  contentType: string,
  body: string,
  authorization: string,
): Parsed {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const form = new URLSearchParams(query)
  let args: Json = {}
  if (type === 'application/json' && body !== '') {
    const value = parseJson(body)
    if (value === undefined) throw new SlackError('invalid_json')
    if (!isObject(value)) throw new SlackError('json_not_object')
    args = value
  } else if (body !== '' && (type === 'application/x-www-form-urlencoded' || type === '')) {
    for (const [key, value] of new URLSearchParams(body)) form.append(key, value)
  } else if (body !== '') {
    throw new SlackError('invalid_post_type')
  }
  const names = [...form.keys()]
  const fields = { ...Object.fromEntries(form), ...args }
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? ''
  const token = bearer || (typeof fields.token === 'string' ? fields.token : '')
  delete fields.token
  return { args: fields, token, doubled: [...new Set(names.filter((n, i) => names.indexOf(n) !== i))] }
}

/** The required arguments that are missing. */
export function missing(spec: MethodSpec, args: Json): string[] {
  return spec.required.filter((name) => {
    const value = args[name]
    return name !== 'token' && (value === undefined || value === null || value === '')
  })
}
