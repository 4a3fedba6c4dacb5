import type { Json } from '../json.ts'
import { SlackError } from '../web-api/errors.ts'
import { firstDocumented, type MethodSpec } from '../web-api/spec.ts'
import { messageProblems } from './blocks.ts'

/** Slack truncates a posted text to this length. https://docs.slack.dev/reference/methods/chat.postMessage */
const TRUNCATED_AT = 40_000
/** https://docs.slack.dev/reference/methods/chat.update (`msg_too_long`) */
const UPDATE_TEXT_MAX = 4000
/** Not documented; observed at about 13,200 characters of JSON. Tables have a limit of their own. */
const BLOCKS_MAX = 13_200

/** Throws where Slack refuses the blocks or the text. Answers the text, truncated where it is too long. */
export function checkMessage(spec: MethodSpec, text: string, blocks: Json[] | undefined): string {
  if (blocks) {
    const problems = messageProblems(blocks)
    if (problems.length > 0) {
      const messages = problems.map((p) => `[ERROR] ${p}`)
      throw new SlackError(firstDocumented(spec, ['invalid_blocks']), {
        errors: problems,
        response_metadata: { messages },
      })
    }
    if (tooLong(blocks)) throw new SlackError(firstDocumented(spec, ['msg_blocks_too_long', 'msg_too_long']))
  }
  if (spec.method === 'chat.update' && text.length > UPDATE_TEXT_MAX) throw new SlackError('msg_too_long')
  if (text.length > TRUNCATED_AT && spec.errors.has('msg_too_long')) throw new SlackError('msg_too_long')
  return text.slice(0, TRUNCATED_AT)
}

function tooLong(blocks: Json[]): boolean {
  const plain = blocks.filter((b) => b.type !== 'table' && b.type !== 'data_table')
  return JSON.stringify(plain).length > BLOCKS_MAX
}
