import { expect, it } from 'vitest'
import { auditActions } from '../audit-event.ts'
import { actionsByRule, isNeverRemoved } from './retention.ts'

const day = 86_400

it('the first rule that names an action decides, and some events stay for ever', () => {
  const [first, rest] = actionsByRule([
    { events: ['audit.queried', 'record.*'], keepSeconds: 90 * day },
    { events: ['*'], keepSeconds: 400 * day },
  ])
  expect(first?.actions).toEqual(['audit.queried'])
  expect(rest?.actions).toContain('audit.shared')
  const all = new Set([...(first?.actions ?? []), ...(rest?.actions ?? [])])
  expect(auditActions.filter((action) => !all.has(action))).toEqual(auditActions.filter(isNeverRemoved))
})
