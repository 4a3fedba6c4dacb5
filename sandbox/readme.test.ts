import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SENT_EVENTS } from './events.ts'
import { HANDLERS } from './web-api/methods.ts'
import { METHOD_SPECS } from './web-api/spec.ts'

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')

/** What the coverage tables say of a name; undefined where they are silent. */
function coverage(name: string): string | undefined {
  const row = readme
    .split('\n')
    .find((line) => line.startsWith('| `') && line.split(' | ')[0]?.includes(`\`${name}\``))
  return row?.split(' | ')[1]?.replace(/ \|$/, '')
}

it('the coverage table names every method of the reference, and those that are answered as answered', () => {
  const said = [...METHOD_SPECS.keys()].map((m) => [m, /^(full|partial)/.test(coverage(m) ?? '')])
  const done = [...METHOD_SPECS.keys()].map((m) => [m, m in HANDLERS])
  expect(said).toEqual(done)
  expect([...METHOD_SPECS.keys()].filter((m) => coverage(m) === undefined)).toEqual([])
})

it('the coverage table names every event that is sent', () => {
  expect(SENT_EVENTS.filter((name) => coverage(name) === undefined)).toEqual([])
})

it('the coverage table names every block', () => {
  const schema = readFileSync(
    new URL('./slack-data/block-kit/slack-block-kit.schema.json', import.meta.url),
    'utf8',
  )
  const union: { $ref: string }[] = JSON.parse(schema).$defs.block.oneOf
  const blocks = union.map(({ $ref }) => $ref.replace('#/$defs/', '').replace('_block', ''))
  expect(blocks.filter((name) => coverage(name) === undefined)).toEqual([])
})
