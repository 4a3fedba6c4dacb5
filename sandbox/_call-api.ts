import { exampleApp } from './example-workspace.ts'
import type { Json } from './json.ts'
import type { Sandbox } from './server.ts'

export interface ApiAnswer {
  status: number
  headers: Headers
  body: Json & { ok: boolean; error?: string }
}

/** Calls a Web API method as a bare client does: a form, objects as JSON strings, the token in the header. */
export async function callApi(
  sandbox: Pick<Sandbox, 'apiUrl'>,
  method: string,
  args: Json = {},
  options: { token?: string | null; json?: boolean } = {},
): Promise<ApiAnswer> {
  const token = options.token === undefined ? exampleApp.botToken : options.token
  const fields = Object.entries(args).map(([k, v]): [string, string] => [
    k,
    typeof v === 'object' ? JSON.stringify(v) : String(v),
  ])
  const response = await fetch(`${sandbox.apiUrl}${method}`, {
    method: 'POST',
    headers: {
      'content-type': options.json ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: options.json ? JSON.stringify(args) : new URLSearchParams(fields).toString(),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as ApiAnswer['body'],
  }
}
