import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { catalogJsonSchema } from '../src/catalog-file/json-schema.ts'
import { CatalogFileError, readCatalog } from '../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../src/connectors/kinds.ts'
import { userGroupsOf } from '../src/domain/catalog.ts'
import { trackerKinds } from '../src/trackers/kinds.ts'

const example = fileURLToPath(new URL('../catalog.example.yml', import.meta.url))

it('the example catalog is accepted', () => {
  const url = 'postgres://daypass:secret@localhost:5432/orders'
  const catalog = readCatalog(example, { environment: { ORDERS_DB_ADMIN_URL: url }, connectorKinds })
  const orders = catalog.resources.get('orders-db')
  expect(orders?.connector).toMatchObject({ kind: 'postgres' })
  expect([...(orders?.entitlements.keys() ?? [])]).toEqual(['read-orders', 'fix-orders', 'refund-order'])
  expect(orders?.entitlements.get('fix-orders')).toMatchObject({
    risk: 'high',
    defaultDurationSeconds: 3600,
    approvals: {
      stages: [
        { name: 'Sponsor', needs: [{ count: 1, from: ['sponsor'] }] },
        { name: 'Owners', needs: [{ count: 2, from: ['owners'] }] },
      ],
      substitutes: { afterSeconds: 7200, approvers: ['S0ONCALL'] },
    },
    content: { roles: ['orders_fixer'] },
  })
  expect([...userGroupsOf(catalog)]).toEqual(['S0SECURITY', 'S0DBAS', 'S0ONCALL'])
})

it('the example says which variable it needs', () => {
  expect(() => readCatalog(example, { environment: {}, connectorKinds })).toThrow(
    /catalog\.example\.yml:25:12: The environment variable ORDERS_DB_ADMIN_URL is not set/,
  )
})

it('a wrong URL is explained and not shown', () => {
  const url = 'mysql://admin:hunter22@localhost:5432/orders'
  const read = () => readCatalog(example, { environment: { ORDERS_DB_ADMIN_URL: url }, connectorKinds })
  expect(read).toThrow(CatalogFileError)
  expect(read).toThrow(/25:12: `url`: Expected postgres:\/\/user:password@host:5432\/database/)
  expect(read).not.toThrow(/hunter22/)
})

it.each(['s3cret%zz', '100%', '%E0%A4%A'])(
  'a password of %s in a URL is refused, and not shown',
  (password) => {
    const url = `postgres://admin:${password}@localhost:5432/orders`
    const read = () => readCatalog(example, { environment: { ORDERS_DB_ADMIN_URL: url }, connectorKinds })
    expect(read).toThrow(/catalog\.example\.yml:25:12: `url`: .*%25/)
    expect(read).not.toThrow(/s3cret|100%|E0/)
  },
)

it('catalog.schema.json is up to date (`npx vitest run test/catalog-example.test.ts --update` writes it)', async () => {
  await expect(formatted(catalogJsonSchema(connectorKinds, trackerKinds))).toMatchFileSnapshot(
    '../catalog.schema.json',
  )
})

it('editors explain every key', () => {
  const silent: string[] = []
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties = {}, items, additionalProperties, oneOf = [], anyOf = [] } = schema as JsonSchema
    for (const [key, value] of Object.entries(properties)) {
      if (!('description' in Object(value))) silent.push(`${path}.${key}`)
      walk(value, `${path}.${key}`)
    }
    for (const inner of [items, additionalProperties, ...oneOf, ...anyOf]) walk(inner, path)
  }
  walk(catalogJsonSchema(connectorKinds, trackerKinds), 'catalog')
  expect(silent).toEqual([])
})

it('catalog.schema.json accepts the example and refuses what is misspelt', () => {
  const validate = new Ajv2020().compile(catalogJsonSchema(connectorKinds, trackerKinds))
  const text = readFileSync(example, 'utf8')
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
  for (const [found, written] of [
    ['risk: low', 'risk: none'],
    ['approvals:', 'aprovals:'],
    ['maxDuration: 8h', 'maxDuration: 8 hours'],
    ['roles: [', 'rolls: ['],
  ] as const) {
    expect(validate(parse(text.replace(found, written))), written).toBe(false)
  }
})

interface JsonSchema {
  readonly properties?: object
  readonly items?: unknown
  readonly additionalProperties?: unknown
  readonly oneOf?: readonly unknown[]
  readonly anyOf?: readonly unknown[]
}

/** As the formatter leaves it: short lists on one line. */
function formatted(schema: object): string {
  const text = JSON.stringify(schema, null, 2)
  const inOneLine = text.replace(
    /^( *.*)\[\n\s+((?:"[^"\n]*"(?:,\n\s+)?)+)\n\s+\](,?)$/gm,
    (whole, head, items, comma) => {
      const line = `${head}[${items.replace(/,\n\s+/g, ', ')}]${comma}`
      return line.length <= 110 ? line : whole
    },
  )
  return `${inOneLine}\n`
}
