// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the catalog's own variables
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ownersPlan } from '../domain/approval-plan.ts'
import { contentFromJson } from '../domain/entitlement-content.ts'
import { CatalogFileError, parseCatalog, readCatalog } from './read-catalog.ts'
import type { CatalogConnector } from './schema.ts'

/** A connector that opens doors, with the same habits as a real one. */
const door = connectorKind(
  'door',
  z.strictObject({
    url: z.string().regex(/^door:/, 'expected door://keeper:password@house'),
    echo: z
      .string()
      .refine((text) => text === '', { error: (issue) => `“${String(issue.input)}” is not empty` })
      .optional(),
  }),
  z
    .strictObject({
      rooms: z.array(z.strictObject({ floor: z.int(), number: z.int() })).optional(),
      master: z.boolean().optional(),
    })
    .refine(
      ({ rooms, master }) => rooms !== undefined || master !== undefined,
      'expected `rooms` or `master`',
    ),
)
const connectorKinds = [door, connectorKind('window', z.strictObject({}), z.strictObject({}))]

function connectorKind(kind: string, settings: z.ZodObject, entitlement: z.ZodObject): CatalogConnector {
  const open = () => {
    throw new Error('nothing is opened here')
  }
  return {
    kind,
    settings,
    entitlement,
    action: null,
    readSettings: (read) => {
      const known = read(settings)
      return known && { ...known, kind, isSame: () => false, open }
    },
    readContent: (read) => {
      const content = read(entitlement)
      return content && contentFromJson(content)
    },
  }
}

const base = `version: 1
security:
  channel: C0SECURITY
  leads: [S0SECURITY]
resources:
  cellar:
    name: The cellar
    owners: { channel: C0HOUSE, approvers: [U0DANA, W0LI] }
    connector:
      kind: door
      url: door://keeper:\${KEY}@house
    entitlements:
      wine:
        name: Wine
        risk: low
        maxDuration: 30m
        rooms: [{ floor: -1, number: 3 }]
`

describe('what is read', () => {
  it('defaultsFillWhatIsLeftOut', () => {
    expect(parse(base)).toEqual({
      contentHash: createHash('sha256').update(base).digest('hex'),
      security: { channel: 'C0SECURITY', leads: ['S0SECURITY'] },
      defaults: {
        requestTimeoutSeconds: 28_800,
        remindAfterSeconds: 900,
        expiryNoticesSeconds: [900, 300],
        requestsPerHour: 20,
        selfServePerPersonAndDay: 10,
        longestPreApprovalSeconds: 90 * 86_400,
        longestStartAheadSeconds: 14 * 86_400,
        idleAnswerSeconds: 900,
      },
      trackers: new Map(),
      resources: new Map([
        [
          'cellar',
          {
            id: 'cellar',
            name: 'The cellar',
            environment: null,
            tags: [],
            owners: { channel: 'C0HOUSE', approvers: ['U0DANA', 'W0LI'] },
            connector: {
              kind: 'door',
              url: 'door://keeper:hunter22@house',
              isSame: expect.any(Function),
              open: expect.any(Function),
            },
            entitlements: new Map([
              [
                'wine',
                {
                  id: 'wine',
                  resourceId: 'cellar',
                  name: 'Wine',
                  description: null,
                  risk: 'low',
                  defaultDurationSeconds: 1800,
                  maxDurationSeconds: 1800,
                  approvals: ownersPlan(1),
                  approvers: ['U0DANA', 'W0LI'],
                  tell: [],
                  justification: { minLength: 10 },
                  ticket: { pattern: null, example: null, required: false },
                  selfServePerPersonAndDay: null,
                  tags: [],
                  breakGlass: null,
                  content: { rooms: [{ floor: -1, number: 3 }] },
                },
              ],
            ]),
          },
        ],
      ]),
    })
  })

  it('defaultDurationIsAnHourWhereTheMaximumIsMore', () => {
    expect(wine(base.replace('30m', '8h'))).toMatchObject({ defaultDurationSeconds: 3600 })
    expect(wine(base.replace('30m', '8h\n        defaultDuration: 2h'))).toMatchObject({
      defaultDurationSeconds: 7200,
    })
  })

  it('expiryNoticesStandLongestFirstAndOnce', () => {
    const { defaults } = parse(`${base}defaults: { expiryNotices: [5m, 1h, 300s] }\n`)
    expect(defaults.expiryNoticesSeconds).toEqual([3600, 300])
  })

  it('anEntitlementLimitsLeasesByRuleAndBreakGlass', () => {
    const text = base.replace(
      'risk: low',
      'risk: low\n        selfServe: { perPersonAndDay: 2 }\n        breakGlass: { maxDuration: 10m }',
    )
    expect(wine(text)).toMatchObject({
      selfServePerPersonAndDay: 2,
      breakGlass: { maxDurationSeconds: 600 },
    })
  })

  it('aTicketHasItsExample', () => {
    const text = base.replace('risk: low', "risk: low\n        ticket: { pattern: 'INC|CHG', example: CHG }")
    expect(wine(text)?.ticket).toEqual({ pattern: 'INC|CHG', example: 'CHG', required: false })
  })

  it('approvalsCanHaveStages', () => {
    const text = base.replace(
      'risk: low',
      `risk: low
        approvals:
          stages:
            - { name: Sponsor, from: [sponsor] }
            - { name: Owners, count: 2, from: [owners] }
            - { name: Both, oneFromEach: [[S0SEC], [S0DBAS, U0DANA]] }
          samePersonInTwoStages: true
        approvers: [U0ERIN, S0ALL]
        tell: [C0AUDIT]
        substitutes: { after: 2h, approvers: [S0ONCALL] }`,
    )
    expect(wine(text)).toMatchObject({
      approvals: {
        stages: [
          { name: 'Sponsor', needs: [{ count: 1, from: ['sponsor'] }] },
          { name: 'Owners', needs: [{ count: 2, from: ['owners'] }] },
          {
            name: 'Both',
            needs: [
              { count: 1, from: ['S0SEC'] },
              { count: 1, from: ['S0DBAS', 'U0DANA'] },
            ],
          },
        ],
        samePersonInTwoStages: true,
        substitutes: { afterSeconds: 7200, approvers: ['S0ONCALL'] },
      },
      approvers: ['U0ERIN', 'S0ALL'],
      tell: ['C0AUDIT'],
    })
  })

  it('aResourceTakesTheEscalationOfTheDefaults', () => {
    const defaults = `
defaults:
  escalation: { remindAfter: 20m, lastResort: { after: 4h, approvers: [U0BOSS] } }
`
    const text = base.replace('\nresources:', `${defaults}resources:`)
    expect(wine(text)?.approvals.substitutes).toEqual({ afterSeconds: 14_400, approvers: ['U0BOSS'] })
    expect(parse(text).resources.get('cellar')?.remindAfterSeconds).toBe(1_200)
    const own = text
      .replace('name: The cellar', 'name: The cellar\n    escalation: { remindAfter: 5m }')
      .replace('risk: low', 'risk: low\n        substitutes: { after: 1h, approvers: [S0ONCALL] }')
    expect(parse(own).resources.get('cellar')?.remindAfterSeconds).toBe(300)
    expect(wine(own)?.approvals.substitutes).toEqual({
      afterSeconds: 3_600,
      approvers: ['S0ONCALL'],
      lastResort: { afterSeconds: 14_400, approvers: ['U0BOSS'] },
    })
  })

  it('theLastResortComesAfterTheSubstitutes', () => {
    const ladder =
      'escalation: { substitutes: { after: 2h, approvers: [S0ONCALL] }, lastResort: { after: 1h, approvers: [U0BOSS] } }'
    const text = base.replace('name: The cellar', `name: The cellar\n    ${ladder}`)
    expect(() => parse(text)).toThrow('The last resort would be asked before the substitutes.')
  })

  it('aDollarCanBeWrittenPlainly', () => {
    expect(parse(base.replace('The cellar', () => "'$${KEY} costs 5$'")).resources.get('cellar')?.name).toBe(
      '${KEY} costs 5$',
    )
  })

  it('aliasesAreFollowed', () => {
    const text = base
      .replace('leads: [S0SECURITY]', 'leads: &leads [S0SECURITY]')
      .replace('approvers: [U0DANA, W0LI]', 'approvers: *leads')
    expect(parse(text).resources.get('cellar')?.owners.approvers).toEqual(['S0SECURITY'])
  })

  it('idsThatJavaScriptKnowsAreOnlyIds', () => {
    const text = base.replace('cellar:', 'constructor:').replace('wine:', 'valueof:')
    expect(parse(text).resources.get('constructor')?.entitlements.has('valueof')).toBe(true)
  })
})

describe('what is refused, with line and column', () => {
  it.each([
    [
      'anUnknownKey',
      'risk: low',
      'risk: low\n        aprovals: 2',
      '16:9: Unknown key `aprovals`. Did you mean `approvals`?',
    ],
    [
      'anUnknownKeyAtTheTop',
      'security:',
      'securty: {}\nsecurity:',
      '2:1: Unknown key `securty`. Did you mean `security`?',
    ],
    [
      'anUnknownKeyFarFromAll',
      'channel: C0SECURITY',
      'channel: C0SECURITY\n  colour: red',
      '4:3: Unknown key `colour`. Known here: `channel`, `leads`, `stepUp`.',
    ],
    [
      'anUnknownKeyOfTheConnector',
      'kind: door',
      'kind: door\n      urll: x',
      '11:7: Unknown key `urll`. Did you mean `url`?',
    ],
    [
      'anUnknownKeyWithinTheConnectorsPart',
      '{ floor: -1,',
      '{ flor: 1, floor: -1,',
      '17:19: Unknown key `flor`. Did you mean `floor`?',
    ],
    [
      'aKeyOfAnotherConnector',
      'kind: door\n      url: door://keeper:${KEY}@house',
      'kind: window',
      '16:9: Unknown key `rooms`. Known here: `name`, ',
    ],
    [
      'anUnknownKind',
      'kind: door',
      'kind: dor',
      '10:13: There is no connector of this kind. Did you mean `door`? Known kinds: `door`, `window`.',
    ],
    ['noKind', 'kind: door\n', '\n', '9:5: `kind` is missing.'],
    ['noApprovers', '[U0DANA, W0LI]', '[]', '8:44: `approvers`: Nobody could approve.'],
    [
      'noSecurity',
      'security:\n  channel: C0SECURITY\n  leads: [S0SECURITY]\n',
      '',
      '1:1: `security` is missing.',
    ],
    ['noVersion', 'version: 1\n', '', '1:1: `version` is missing.'],
    [
      'anotherVersion',
      'version: 1',
      'version: 2',
      '1:10: `version`: This version of the catalog is not known. Write `version: 1`.',
    ],
    ['aChannelByName', 'C0HOUSE', "'#house'", '8:24: `channel`: This is no channel id.'],
    [
      'aPersonByName',
      'W0LI',
      'li',
      '8:53: Item 2 of `approvers`: This is the id of no user and no user group.',
    ],
    ['aResourceIdWithCapitals', 'cellar:', 'Cellar:', '6:3: `Cellar` cannot be an id.'],
    ['anEntitlementIdWithDots', 'wine:', 'wi.ne:', '13:7: `wi.ne` cannot be an id.'],
    ['anIdFromPrototypes', 'cellar:', '__proto__:', '6:3: `__proto__` cannot be an id.'],
    ['anIdOf64Characters', 'wine:', `${'w'.repeat(64)}:`, `13:7: \`${'w'.repeat(64)}\` cannot be an id.`],
    [
      'aRiskThatIsNone',
      'risk: low',
      'risk: huge',
      '15:15: `risk` has a value that is not known. Write one of: `low`, `medium`, `high`, `critical`.',
    ],
    [
      'aNumberForADuration',
      '30m',
      '30',
      '16:22: `maxDuration`: This is not a duration. Write a number with its unit',
    ],
    [
      'zeroForADuration',
      '30m',
      '0m',
      '16:22: `maxDuration`: A duration of zero gives no access. Write a number',
    ],
    [
      'aFractionForADuration',
      '30m',
      '1.5h',
      '16:22: `maxDuration`: “1.5h” is not a duration. Write a number with its unit',
    ],
    ['aNegativeDuration', '30m', '-5m', '16:22: `maxDuration`: “-5m” is not a duration.'],
    ['aHugeDuration', '30m', `${'9'.repeat(20)}h`, '16:22: `maxDuration`: That is longer than any lease.'],
    [
      'aDefaultAboveTheMaximum',
      'risk: low',
      'risk: low\n        defaultDuration: 31m',
      '16:26: `defaultDuration` is longer than `maxDuration`, 30m.',
    ],
    [
      'longerBreakGlassThanApprovedAccess',
      'risk: low',
      'risk: low\n        breakGlass: { maxDuration: 31m }',
      '16:36: This is longer than `maxDuration` of the entitlement, 30m.',
    ],
    [
      'noApprovals',
      'risk: low',
      'risk: low\n        approvals: 0',
      '16:20: `approvals`: Nothing is granted without anybody’s approval.',
    ],
    [
      'halfAnApproval',
      'risk: low',
      'risk: low\n        approvals: 1.5',
      '16:20: `approvals` is not a whole number. Write a whole number.',
    ],
    [
      'moreApprovalsThanPeople',
      'risk: low',
      'risk: low\n        approvals: 3',
      '16:20: `approvals` asks for 3 people, and there are only 2 approvers of `cellar`.',
    ],
    [
      'stagesThatTooFewPeopleCanComplete',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One, count: 2, from: [owners] }, { name: Two, from: [U0DANA] }] }',
      '16:20: `approvals` asks for more distinct people than are named, so no request could be approved.',
    ],
    [
      'aStageWithNobody',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One }] }',
      '16:31: Item 1 of `stages`: A stage needs either `from` or `oneFromEach`. Write one of the two.',
    ],
    [
      'aStageWithCountAndLists',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One, count: 2, oneFromEach: [[owners], [sponsor]] }] }',
      '16:51: `count`: `oneFromEach` needs one person of each list. Leave `count` out.',
    ],
    [
      'aStageByTheNameOfAnother',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One, from: [S0A] }, { name: One, from: [S0B] }] }',
      '16:67: `name`: “One” is here twice. Give each stage a name of its own.',
    ],
    [
      'anUnknownKeyOfAStage',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One, from: [owners], cuont: 2 }] }',
      '16:60: Unknown key `cuont`. Did you mean `count`?',
    ],
    [
      'aStageOfSomebodyByName',
      'risk: low',
      'risk: low\n        approvals: { stages: [{ name: One, from: [dana] }] }',
      '16:51: Item 1 of `from`: This names nobody. Write `owners`, `sponsor`, or the id of a user',
    ],
    ['aTextForAList', '[U0DANA, W0LI]', 'U0DANA', '8:44: `approvers` is text. Write a list.'],
    [
      'aHugeJustification',
      'risk: low',
      'risk: low\n        justification: { minLength: 1001 }',
      '16:37: `minLength` is out of bounds. Write at most 1000.',
    ],
    [
      'aPatternThatIsNone',
      'risk: low',
      "risk: low\n        ticket: { pattern: '[A-' }",
      '16:28: `pattern`: This is no usable regular expression: missing closing ]: `[A-`.',
    ],
    [
      'anExampleThatItsPatternRefuses',
      'risk: low',
      "risk: low\n        ticket: { pattern: '[A-Z]+-[0-9]+', example: ops-12 }",
      '16:54: `example`: “ops-12” does not match `pattern`. Write a ticket that matches, or correct the pattern.',
    ],
    [
      'aPatternThatLooksAhead',
      'risk: low',
      "risk: low\n        ticket: { pattern: '(?=a)b' }",
      '16:28: `pattern`: This is no usable regular expression: invalid or unsupported Perl syntax: `(?=`.',
    ],
    [
      'twoLinesForAName',
      'name: Wine',
      'name: "Wi\\nne"',
      '14:15: `name`: This holds line breaks or control characters.',
    ],
    ['aBlankName', 'name: Wine', 'name: " "', '14:15: `name`: This is blank.'],
    [
      'whatTheConnectorRefuses',
      'rooms: [{ floor: -1, number: 3 }]',
      'approvals: 1',
      '13:7: `wine`: Expected `rooms` or `master`. See docs/catalog.md.',
    ],
    [
      'whatTheConnectorRefusesDeepWithin',
      'number: 3',
      'number: x',
      '17:38: `number` is text. Write a number.',
    ],
    ['anEmptyEntitlement', /wine:[\s\S]*/, 'wine:\n', '13:7: `wine` is empty. Write keys with their values.'],
    [
      'aDoubledId',
      /$/,
      '  cellar: {}\n',
      '18:3: `cellar` is here twice, first in line 6. Rename one of the two, or leave it out.',
    ],
    [
      'aDoubledKey',
      'risk: low',
      'risk: low\n        risk: high',
      '16:9: `risk` is here twice, first in line 15.',
    ],
    [
      'aMergeKey',
      'risk: low',
      '<<: { risk: low }\n        risk: low',
      '15:9: Unknown key `<<`. Merge keys are not read: write the keys out.',
    ],
    [
      'aMergeKeyAmongIds',
      'resources:',
      'resources:\n  <<: { a: b }',
      '6:3: Unknown key `<<`. Merge keys are not read',
    ],
    ['brokenYaml', '[S0SECURITY]', '[S0SECURITY', '5:1: '],
    ['twoDocuments', /$/, '---\nversion: 1\n', '18:1: Source contains multiple documents'],
    ['anUnknownTag', 'version: 1', 'version: !!js/function 1', '1:10: Unresolved tag'],
    ['aVariableThatIsNotSet', 'KEY', 'NO_KEY', '11:12: The environment variable NO_KEY is not set.'],
    ['aVariableThatIsEmpty', 'KEY', 'EMPTY', '11:12: The environment variable EMPTY is empty.'],
    [
      'aVariableFromPrototypes',
      'KEY',
      'constructor',
      '11:12: The environment variable constructor is not set.',
    ],
    ['shellSyntax', 'KEY', 'KEY:-x', '11:12: `${KEY:-x}` names no environment variable. Write `${NAME}`'],
    ['anUnclosedVariable', '${KEY}', '${KEY', '11:12: `${KEY@house` names no environment variable.'],
  ])('%s', (_, found, written, expected) => {
    const changed = base.replace(found, () => written)
    expect(changed).not.toBe(base)
    expect(problems(changed)[0]).toContain(`catalog.yml:${expected}`)
  })

  it('anAliasBomb', () => {
    const lines = Array.from(
      { length: 30 },
      (_, n) => `x${n + 1}: &x${n + 1} [${Array(9).fill(`*x${n}`).join(', ')}]`,
    )
    const text = `x0: &x0 [lol]\n${lines.join('\n')}\n`
    expect(problems(text)).toEqual([expect.stringContaining('repeat far too much')])
  })

  it('aFileThatIsNotThere', () => {
    expect(() => readCatalog('/nowhere/catalog.yml', { environment: {}, connectorKinds })).toThrow(
      /^\/nowhere\/catalog\.yml:1:1: The catalog cannot be read \(ENOENT\)\. Begin with a copy of catalog\.example\.yml/,
    )
  })

  it.each(['', '# nothing\n', '[]', 'text', 'null'])('aFileOfNothing: %j', (text) => {
    expect(problems(text)).toEqual([expect.stringMatching(/The catalog is (empty|a list|text)\./)])
  })

  it('allProblemsAreToldAtOnce', () => {
    const text = base
      .replace('C0SECURITY', 'x')
      .replace('low', 'huge')
      .replace('KEY', 'NO')
      .replace('-1', 'x')
    expect(problems(text).map((line) => line.split(':')[1])).toEqual(['3', '11', '15', '17'])
  })
})

describe('secrets', () => {
  it.each([
    ['ofTheWrongShape', 'url: door://keeper:${KEY}@house', 'url: "${KEY}"'],
    ['thatAMessageRepeats', 'kind: door', 'kind: door\n      echo: x ${KEY}'],
    ['asADuration', '30m', '${KEY}'],
    ['asAKind', 'kind: door', 'kind: ${KEY}'],
    ['asAnApprover', 'U0DANA', '"${KEY}"'],
    ['asARisk', 'risk: low', 'risk: ${KEY}'],
  ])('neverShow: %s', (_, found, written) => {
    const told = problems(base.replace(found, () => written))
    expect(told).not.toEqual([])
    expect(told.join('\n')).not.toContain('hunter22')
    expect(told.join('\n')).not.toContain('hunter')
  })

  it('aHelpfulMessageIsKeptWhereItShowsNothing', () => {
    expect(problems(base.replace('door://keeper:${KEY}@house', '"${KEY}"'))).toEqual([
      'catalog.yml:11:12: `url`: Expected door://keeper:password@house. See docs/catalog.md.',
    ])
  })
})

function parse(text: string) {
  const environment = { KEY: 'hunter22', EMPTY: '' }
  return parseCatalog('catalog.yml', text, { environment, connectorKinds })
}

function wine(text: string) {
  return parse(text).resources.get('cellar')?.entitlements.get('wine')
}

function problems(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    if (!(error instanceof CatalogFileError)) throw error
    return error.message.split('\n')
  }
  throw new Error('This catalog was accepted.')
}

describe('proofs of who is clicking', () => {
  const wineOf = (text: string) => parse(text).resources.get('cellar')?.entitlements.get('wine')
  const rules = (more: string) =>
    base.replace('leads: [S0SECURITY]', `leads: [S0SECURITY]\n  stepUp: ${more}`)

  it('are asked for as the risk says, or as the entitlement says instead', () => {
    const byRisk = base.replace('resources:', 'defaults:\n  stepUp: { low: [approve, request] }\nresources:')
    expect(wineOf(base)?.stepUp).toBeUndefined()
    expect(wineOf(byRisk)?.stepUp).toEqual(['approve', 'request'])
    expect(wineOf(byRisk.replace('risk: low', 'risk: low\n        stepUp: []'))?.stepUp).toBeUndefined()
    expect(wineOf(base.replace('risk: low', 'risk: low\n        stepUp: [credentials]'))?.stepUp).toEqual([
      'credentials',
    ])
  })

  it('have rules with defaults, and nothing prints the secret of the sign-in', () => {
    const signIn =
      'signIn: { issuer: "https://login.example.com", clientId: daypass, clientSecret: "${KEY}" }'
    const { stepUp } = parse(rules(`{ methods: [sign-in], ${signIn} }`)).security
    expect(stepUp).toMatchObject({ coolingSeconds: 86_400, otherwise: 'nothing', afterChangeSeconds: null })
    expect(stepUp?.signIn?.clientSecret()).toBe('hunter22')
    expect(JSON.stringify(stepUp)).not.toContain('hunter22')
  })

  it('by a sign-in need one, over HTTPS', () => {
    expect(problems(rules('{ methods: [sign-in] }'))).toEqual([
      expect.stringContaining('No sign-in is known'),
    ])
    const plain = '{ signIn: { issuer: "http://login.example.com", clientId: daypass } }'
    expect(problems(rules(plain))).toEqual([expect.stringContaining('nobody on the way can change')])
  })
})

describe('bundles', () => {
  const kit = (
    text: string,
  ) => `${base}      cheese: { name: Cheese, risk: low, maxDuration: 2h, rooms: [{ floor: 0, number: 1 }] }
bundles:
  picnic: ${text}
`

  it('have the shortest default of their entitlements', () => {
    const { bundles } = parse(
      kit('{ name: Picnic, entitlements: [cellar/wine, cellar/cheese], maxDuration: 30m }'),
    )
    expect(bundles?.get('picnic')).toEqual({
      id: 'picnic',
      name: 'Picnic',
      description: null,
      parts: [
        { resourceId: 'cellar', entitlementId: 'wine' },
        { resourceId: 'cellar', entitlementId: 'cheese' },
      ],
      defaultDurationSeconds: 1_800,
      maxDurationSeconds: 1_800,
    })
  })

  it.each([
    [
      '[cellar/wine, cellar/chese], maxDuration: 30m',
      'There is no entitlement `cellar/chese`. Did you mean `cellar/cheese`?',
    ],
    ['[cellar/wine, cellar/wine], maxDuration: 30m', 'is in this bundle twice'],
    ['[cellar/wine], maxDuration: 30m', 'A bundle has several entitlements'],
    ['[cellar/wine, wine], maxDuration: 30m', 'This names no entitlement'],
    ['[cellar/wine, cellar/cheese], maxDuration: 1h', '`cellar/wine` is given for 30m at the most'],
    ['[cellar/wine, cellar/cheese], defaultDuration: 1h, maxDuration: 30m', 'is longer than `maxDuration`'],
  ])('%s is refused', (entitlements, words) => {
    expect(() => parse(kit(`{ name: Picnic, entitlements: ${entitlements} }`))).toThrow(words)
  })

  it('have an id that no resource has', () => {
    const text = kit('{ name: Picnic, entitlements: [cellar/wine, cellar/cheese], maxDuration: 30m }')
    expect(() => parse(text.replace('picnic:', 'cellar:'))).toThrow('`cellar` is a resource too')
  })
})
