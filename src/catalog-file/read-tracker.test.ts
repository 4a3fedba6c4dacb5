import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseCatalog } from './read-catalog.ts'
import type { CatalogTracker } from './schema.ts'

const kind: CatalogTracker = {
  kind: 'jira',
  settings: z.strictObject({ url: z.url(), token: z.string().min(10, 'a token has ten characters') }),
  open(read, { name, pattern, timeoutSeconds: _, ...common }) {
    const settings = read(kind.settings)
    return settings && { ...common, kind: 'jira', name: name ?? 'Jira', keyOf: () => pattern }
  },
}
const read = (trackers: string, token = 'secret-of-ten') =>
  parseCatalog(
    'catalog.yml',
    `version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
trackers:
${trackers}
resources: {}
`,
    { environment: { TOKEN: token }, connectorKinds: [], trackerKinds: [kind] },
  ).trackers

describe('a tracker in the catalog', () => {
  it('has usual values', () => {
    const trackers = read(
      `  jira: { kind: jira, url: "https://jira.test", token: "\${TOKEN}", pattern: "INC-[0-9]+" }`,
    )
    expect([...(trackers?.values() ?? [])]).toMatchObject([
      {
        id: 'jira',
        name: 'Jira',
        require: ['exists', 'open'],
        whenDown: 'allow',
        pollEverySeconds: null,
      },
    ])
  })

  it.each([
    ['{ kind: jra, pattern: x }', /:4:17: There is no tracker of this kind/],
    [`{ kind: jira, url: "https://jira.test", token: "\${TOKEN}" }`, /`pattern` is missing/],
    [
      `{ kind: jira, url: "https://jira.test", token: "\${TOKEN}", pattern: "(" }`,
      /no usable regular expression/,
    ],
    [`{ kind: jira, url: x, token: "\${TOKEN}", pattern: x, projcts: [] }`, /Unknown key `projcts`/],
    [
      `{ kind: jira, url: "https://jira.test", token: "\${TOKEN}", pattern: x, require: [mine] }`,
      /`exists`, `open`, `assignee`/,
    ],
  ])('is refused: %s', (tracker, words) => {
    expect(() => read(`  jira: ${tracker}`)).toThrow(words)
  })

  it('shows no secret', () => {
    const short = () =>
      read(`  jira: { kind: jira, url: "https://jira.test", token: "\${TOKEN}", pattern: x }`, 'hunter2')
    expect(short).toThrow(/ten characters|The value of TOKEN/)
    expect(short).not.toThrow(/hunter2/)
  })
})
