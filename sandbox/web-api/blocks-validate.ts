import { isObject, type Json } from '../json.ts'
import { messageProblems, viewProblems } from '../validity/blocks.ts'
import type { Call, Handler } from './call.ts'
import { invalidArguments, SlackError } from './errors.ts'

/** Checks blocks, a message or a view without sending them; needs no token. */
const validate: Handler = (call) => {
  const given = ['blocks', 'message', 'view'].filter((name) => call.has(name))
  if (given.length !== 1) throw invalidArguments('must provide exactly one of `blocks`, `view`, or `message`')
  if (given[0] === 'blocks') refuse('invalid_blocks', messageProblems(call.json('blocks')))
  if (given[0] === 'view') checkView(call)
  if (given[0] === 'message') checkMessage(call)
  return {}
}

function checkView(call: Call): void {
  const view = call.json('view')
  if (!isObject(view)) throw new SlackError('invalid_view')
  refuse('invalid_view', viewProblems(view, view.type === 'home' ? 'home' : 'modal'))
}

function checkMessage(call: Call): void {
  const message = call.json('message')
  if (!isObject(message)) throw new SlackError('invalid_message')
  refuse('invalid_message', messageProblems(message.blocks ?? []))
}

function refuse(code: string, problems: string[]): void {
  if (problems.length > 0) throw new SlackError(code, { errors: problems.map(detailed) })
}

/** An error of this method: a pointer into the payload, and the problem there. */
function detailed(problem: string): Json {
  const match = /^(.*) \[json-pointer:(?:\/view)?(?:\/blocks)?(.*)\]$/.exec(problem)
  return { code: 'failed_constraint', message: match?.[1] ?? problem, pointer: match?.[2] || '/' }
}

export const blockMethods: Record<string, Handler> = { 'blocks.validate': validate }
