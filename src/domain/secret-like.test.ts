import { expect, it } from 'vitest'
import { looksLikeSecret } from './secret-like.ts'

it.each([
  'password: Winter-2026',
  'Passwort = geheim1!',
  'her pwd is hunter2!',
  'PIN: 4711',
  'api key: 0123456789abcdef',
  '{"token": "abc123"}',
  'postgresql://carl:s3cret@db.test/payroll',
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'AKIAIOSFODNN7EXAMPLE',
  ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_'),
  ['xoxb', '1234567890', 'abcdef'].join('-'),
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x',
])('finds a secret in %s', (text) => {
  expect(looksLikeSecret(text)).toBe(true)
})

it.each([
  'Added the role in Users, ticket https://desk.test/17.',
  'The password is in the vault of the team.',
  'Sign in at https://payroll.test with your own login.',
  'Token: https://vault.test/payroll',
  'Reset the password and signed the user out.',
  'carl@payroll.test',
])('finds none in %s', (text) => {
  expect(looksLikeSecret(text)).toBe(false)
})
