import { expect, it } from 'vitest'
import { auditSchema, streamRules } from './stream-schema.ts'

const file = { id: 'archive', format: 'daypass', file: { path: '/var/log/daypass/audit.jsonl' } }
const hook = { url: 'https://siem.example.com/in', secrets: [`whsec_${'a'.repeat(43)}=`] }

function problemsOf(...stream: unknown[]): string {
  const read = auditSchema.safeParse({ stream })
  return read.success
    ? 'none'
    : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')
}

it('what is not written has its usual value', () => {
  expect(streamRules(auditSchema.parse({ stream: [file] }))).toEqual([
    {
      ...{ id: 'archive', format: 'daypass', ocsfVersion: '1.8', from: 'beginning', batch: 200 },
      ...{ timeoutSeconds: 20, tellAfterSeconds: 900 },
      to: { kind: 'file', path: '/var/log/daypass/audit.jsonl' },
    },
  ])
})

it.each([
  [{ ...file, webhook: hook }, /one destination/],
  [{ id: 'none', format: 'ecs' }, /one destination/],
  [{ ...file, file: { path: 'audit.jsonl' } }, /no absolute path/],
  [{ id: 'soc', format: 'ocsf', webhook: { ...hook, url: 'http://siem.example.com/in' } }, /allowHttp/],
  [{ id: 'soc', format: 'ocsf', webhook: { ...hook, secrets: ['hunter22'] } }, /24 to 64 random bytes/],
  [{ id: 'soc', format: 'ocsf', syslog: { host: 'logs', certFile: '/c.pem' } }, /needs its key/],
  [{ ...file, timeout: '10m' }, /between 1s and 5m/],
])('a stream that could not work is refused: %#', (stream, message) => {
  expect(problemsOf(stream)).toMatch(message)
  expect(problemsOf(stream)).not.toContain('hunter22')
})

it('two streams cannot share a position', () => {
  expect(problemsOf(file, file)).toMatch(/Another stream has this id/)
})
