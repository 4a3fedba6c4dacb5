import { expect, it } from 'vitest'
import { repeatsSecret } from './secrets.ts'

const example = 'Expected postgres://user:password@host:5432/database.'

it.each([
  [example, 'mysql://admin:hunter22@localhost:5432/orders'],
  [example, 'postgres://daypass@localhost:5432'],
  ['Write a list.', 'hunter22'],
  ['Write a list.', 'st'],
])('harmless: %s / %s', (message, secret) => {
  expect(repeatsSecret(message, secret)).toBe(false)
})

it.each([
  ['“hunter22” is no duration', 'hunter22'],
  ['Found HUNTER2 there', 'hunter22'],
  ['not a URL: mysql://admin:hunter22@db', 'mysql://admin:hunter22@localhost:5432/orders'],
  ['the password p@ss word is short', 'postgres://u:p%40ss%20word@h/d'],
  ['the password abc is short', 'postgres://u:abc@h/d'],
  ['no such path as xoxb-123', 'https://hooks.example/services/xoxb-123456'],
  ['bad token tok-en-9999', 'https://tok-en-9999@host'],
  ['“x y” is odd', 'x y'],
])('told: %s / %s', (message, secret) => {
  expect(repeatsSecret(message, secret)).toBe(true)
})
