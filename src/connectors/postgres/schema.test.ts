import { expect, it } from 'vitest'
import { z } from 'zod'
import { entitlementSchema, settingsSchema } from './schema.ts'

it.each([
  [{ privileges: [{ on: 'table public.orders', allow: ['SELECT', 'UPDATE'], columns: ['id'] }] }],
  [{ privileges: [{ on: 'table "Order ""Book"""."a.b c"', allow: ['SELECT'] }] }],
  [{ privileges: [{ on: 'all tables in schema public', allow: ['SELECT'] }] }],
  [{ privileges: [{ on: 'sequence public.numbers', allow: ['USAGE'] }] }],
  [{ privileges: [{ on: 'function public.f(integer, numeric(10, 2)[])', allow: ['EXECUTE'] }] }],
  [{ privileges: [{ on: 'function public.f()', allow: ['EXECUTE'] }] }],
  [{ privileges: [{ on: 'schema public', allow: ['USAGE', 'CREATE'] }] }],
  [{ privileges: [{ on: 'database shop', allow: ['CONNECT', 'TEMPORARY'] }] }],
  [{ roles: ['orders_fixer'] }],
])('%j is an entitlement', (entitlement) => {
  expect(entitlementSchema.parse(entitlement)).toEqual(entitlement)
})

const on = (target: string, allow = ['SELECT'], columns?: string[]) => ({
  privileges: [{ on: target, allow, ...(columns ? { columns } : {}) }],
})

it.each([
  [{}, 'expected `privileges`'],
  [{ privileges: [] }, 'at least one privilege'],
  [{ roles: [] }, 'at least one role'],
  [{ roles: ['x'.repeat(64)] }, 'at most 63 bytes'],
  [{ roles: ['pg_read_all_data'] }, 'power over the whole server'],
  [{ roles: ['daypass_left_x'] }, 'belongs to Daypass'],
  [{ roles: ['a'], role: 'b' }, 'role'],
  [on('orders'), 'expected `table schema.name`'],
  [on('table orders'), 'named with its schema'],
  [on('table Public.orders'), 'double quotes'],
  [on('table public.orders; drop table x'), 'expected `table schema.name`'],
  [on('table public."unclosed'), 'expected `table schema.name`'],
  [on('table public.""'), 'expected `table schema.name`'],
  [on('table public.a.b'), 'expected `table schema.name`'],
  [on(`table public."${'x'.repeat(64)}"`), 'at most 63 bytes'],
  [on('table public."a\0b"'), 'NUL'],
  [on('table pg_catalog.pg_authid'), 'belongs to Postgres itself'],
  [on('function pg_catalog.pg_read_file(text)', ['EXECUTE']), 'belongs to Postgres itself'],
  [on('all tables in schema information_schema'), 'belongs to Postgres itself'],
  [on('function public.f', ['EXECUTE']), 'argument types'],
  [on('function public.f(integer) to public; --()', ['EXECUTE']), 'argument types'],
  [on('tablespace fast', ['CREATE']), 'expected `table schema.name`'],
  [on('table public.orders', ['TRIGGER']), 'SELECT'],
  [on('table public.orders', ['ALL']), 'SELECT'],
  [on('table public.orders', ['select']), 'SELECT'],
  [on('table public.orders', ['EXECUTE']), 'EXECUTE is not given on a table'],
  [on('schema public', ['SELECT']), 'SELECT is not given on a schema: expected USAGE, CREATE'],
  [on('table public.orders', []), 'at least one privilege'],
  [on('table public.orders', ['DELETE'], ['id']), 'DELETE cannot be limited to columns'],
  [on('all tables in schema public', ['SELECT'], ['id']), 'single table only'],
  [on('table public.orders', ['SELECT'], []), 'at least one column'],
])('%j is refused and says what was expected', (entitlement, message) => {
  const read = entitlementSchema.safeParse(entitlement)
  expect(read.error?.issues.map((issue) => issue.message).join('\n')).toContain(message)
})

it('settings have a default limit of connections', () => {
  const settings = { url: 'postgres://admin:p%40ss@db:5432/shop?sslmode=verify-full' }
  expect(settingsSchema.parse(settings)).toEqual({ ...settings, connectionLimit: 5 })
})

it.each([
  ['not a url with s3cret', 'not a URL'],
  ['mysql://admin:s3cret@db/shop', 'expected postgres://'],
  ['postgres://admin:s3cret@db', 'incomplete'],
  ['postgres://db/shop?password=s3cret', 'incomplete'],
  ['postgres://admin:s3cret@db/shop?sslmode=maybe', 'sslmode must be one of'],
  ['postgres://admin:s3cret%zz@db/shop', 'the password holds a % that begins no sign'],
  ['postgres://admin:s3cret%@db/shop', 'the password holds a % that begins no sign'],
  ['postgres://admin:s3cret%00@db/shop', 'the password holds a % that begins no sign'],
  ['postgres://ad%min:s3cret@db/shop', 'the user holds a %'],
  ['postgres://admin:s3cret@db/50%', 'the database holds a %'],
  ['postgres://admin:s3cret@db/shop?options=-csearch_path%3Devil', 'unknown parameter options'],
])('the URL %s is refused without being repeated', (url, message) => {
  const { error } = settingsSchema.safeParse({ url })
  expect(error?.message).toContain(message)
  expect(JSON.stringify(error)).not.toContain('s3cret')
})

it.each([{ connectionLimit: 0 }, { publicPort: 70_000 }, { publicHost: '' }, { pool: 3 }])(
  '%j is refused',
  (settings) => {
    expect(settingsSchema.safeParse({ url: 'postgres://a:b@c/d', ...settings }).success).toBe(false)
  },
)

it('editors can be given a JSON Schema', () => {
  expect(z.toJSONSchema(entitlementSchema)).toMatchObject({ type: 'object', additionalProperties: false })
  expect(z.toJSONSchema(settingsSchema, { io: 'input' })).toMatchObject({ required: ['url'] })
})
