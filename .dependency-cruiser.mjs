/**
 * The arrows of the house: slack, http, jobs, cli -> usecases -> domain <- db, connectors, policy, catalog-file.
 * Only src/main.ts and src/app know the adapters. Type imports count like all others: swc parses the sources as they are written,
 * before anything is erased. What it does not see is `import('./x.ts').T` as a type; write `import type` instead.
 */

const adapters = 'slack|http|jobs|db|connectors|trackers|policy|catalog-file|record|siem|step-up'
/** Tests beside their subject keep the arrows too; only vitest and node's own modules are theirs in addition. */
const besideTest = '[.]test[.]ts$'

/** What a room under src may import of the rest of src; itself is understood. */
const rooms = {
  domain: [],
  charts: ['domain', 'markup[.]ts'],
  usecases: ['domain', 'deadline[.]ts', 'in-batches[.]ts'],
  slack: [
    'usecases',
    'domain',
    'charts',
    'deadline[.]ts',
    'http-route[.]ts',
    'logger[.]ts',
    'metrics[.]ts',
    'remember-last[.]ts',
    'report-formats[.]ts',
    'ttl-cache[.]ts',
  ],
  http: [
    'usecases',
    'domain',
    'deadline[.]ts',
    'http-route[.]ts',
    'logger[.]ts',
    'markup[.]ts',
    'ttl-cache[.]ts',
  ],
  jobs: ['usecases', 'domain', 'deadline[.]ts', 'in-batches[.]ts', 'logger[.]ts', 'metrics[.]ts'],
  db: ['domain', 'in-batches[.]ts'],
  connectors: ['domain', 'addresses[.]ts', 'standard-webhooks[.]ts'],
  trackers: ['domain', 'standard-webhooks[.]ts'],
  policy: ['domain'],
  'step-up': ['domain'],
  'catalog-file': ['domain', 'addresses[.]ts', 'standard-webhooks[.]ts'],
  record: ['domain'],
  siem: ['domain', 'addresses[.]ts', 'standard-webhooks[.]ts'],
}

const arrows = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-only-${allowed.length > 0 ? 'what-is-below' : 'itself'}`,
  comment: `src/${room} may import ${[room, ...allowed].join(', ').replaceAll('[.]', '.')} of src, nothing else.`,
  severity: 'error',
  from: { path: `^src/${room}(/|[.]ts$)` },
  to: { path: '^src/', pathNot: [room, ...allowed].map((target) => `^src/${target}(/|[.]ts$|$)`) },
}))

/** What a room under src/slack may import of the rest of src/slack; itself is understood. */
const slackRooms = {
  kit: [],
  api: ['kit'],
  features: ['kit', 'api'],
  messages: ['kit', 'api', 'features'],
  edge: ['kit', 'api', 'features'],
}

const slackArrows = Object.entries(slackRooms).map(([room, allowed]) => ({
  name: `slack-${room}-imports-only-what-is-below`,
  comment: `src/slack/${room} may import ${[room, ...allowed].join(', ')} of src/slack, nothing else.`,
  severity: 'error',
  from: { path: `^src/slack/${room}/`, pathNot: besideTest },
  to: {
    path: '^src/slack/[^/]+/',
    pathNot: [room, ...allowed].map((target) => `^src/slack/${target}(/|[.]ts$)`),
  },
}))

/** Rooms that reach the world only through ports, and the few libraries that compute and do nothing else. */
const pure = {
  domain: ['@date-fns/tz', 'canonicalize', 'crypto', 'date-fns', 'fastest-levenshtein', 're2js'],
  usecases: ['date-fns', 'crypto', 'lru-cache', 'util', 'zod'],
}

const libraries = Object.entries(pure).map(([room, allowed]) => ({
  name: `${room}-does-no-io`,
  comment: `src/${room} may import these libraries: ${allowed.join(', ')}. What needs another belongs behind a port.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: besideTest },
  to: {
    dependencyTypesNot: ['local'],
    pathNot: allowed.map((name) => `^(node:)?${name}$|node_modules/${name}/`),
  },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrows,
    ...slackArrows,
    ...libraries,
    {
      name: 'only-main-and-app-import-adapters',
      comment: 'src/main.ts and src/app compose the program; whoever else needs an adapter is handed a port.',
      severity: 'error',
      from: { path: '^src/[^/]+$', pathNot: '^src/main[.]ts$' },
      to: { path: `^src/(${adapters})(/|[.]ts$)` },
    },
    {
      name: 'app-belongs-to-main-and-commands',
      comment: 'src/app wires the parts for src/main.ts and src/commands; nothing below may know it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main[.]ts$|commands/|app/)' },
      to: { path: '^src/app/' },
    },
    {
      name: 'cli-names-the-commands',
      comment: 'src/cli.ts may import commands, main, config and domain.',
      severity: 'error',
      from: { path: '^src/cli[.]ts$' },
      to: { path: '^src/', pathNot: '^src/((main|config)[.]ts$|commands/|domain/)' },
    },
    {
      name: 'commands-import-main-app-and-what-is-pure',
      comment: 'src/commands may import main, app, config, logger, report-formats, domain and usecases.',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: {
        path: '^src/',
        pathNot: '^src/((main|config|logger|report-formats)[.]ts$|commands/|app/|domain/|usecases/)',
      },
    },
    {
      name: 'only-cli-imports-commands',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli[.]ts$|commands/)' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'src/cli.ts is where the program begins.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/cli[.]ts$' },
    },
    {
      name: 'src-imports-nothing-around-it',
      comment: 'What ships knows neither the sandbox nor fixtures, tests, demo or bench.',
      severity: 'error',
      from: { path: '^src/', pathNot: besideTest },
      to: { path: '^(sandbox|fixtures|test|demo|bench)/' },
    },
    {
      name: 'sandbox-imports-nothing-of-src',
      comment:
        'The sandbox stands in for Slack: were it to share code with the bot, it would share its mistakes.',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: '^(src|fixtures|test|demo|bench)/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports is forgotten.',
      severity: 'error',
      // Started by their paths: what bench/processes holds. Imported by .tsx, which is not seen: what the page is made of. Served as
      // files: the step-up page. Copied into packs: the check of a pack.
      from: {
        orphan: true,
        pathNot: [
          besideTest,
          '^bench/processes/',
          '^sandbox/page/src/',
          '^src/http/step-up/page/',
          '^src/charts/png-thread[.]mjs$',
          '^src/commands/soc2/check[.]mjs$',
        ],
      },
      to: {},
    },
    {
      name: 'what-ships-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/', pathNot: besideTest },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'packages-are-listed',
      comment: 'Import only what package.json names: what is there by way of another package may go with it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // The parser cannot read JSX, and ends the run over it. .ci/check-arrows looks at these files instead.
    exclude: { path: '[.]tsx$|^sandbox/page/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
