import { expect, it } from 'vitest'
import { messageProblems } from '../../sandbox/validity/blocks.ts'
import type { LegalHold } from '../../src/domain/record/legal-hold.ts'
import { holdsList } from '../../src/slack/features/holds/messages.ts'
import { seeHolds } from '../../src/usecases/holds/see-holds.ts'
import { openWorld, who } from '../_world.ts'

it('many legal holds fit into one message, which says that there are more', async () => {
  const world = await openWorld()
  const { store } = world.ports
  const hold: LegalHold = {
    id: 'h',
    reference: 'LH-1',
    scope: { kind: 'all' },
    reason: 'x'.repeat(3_000),
    from: new Date(0),
    to: new Date(1),
    placedBy: { id: 'a', userId: 'U0LEAD' },
    placedAt: new Date(0),
    liftAsked: null,
    lifted: null,
  }
  const holds = { ...store.holds, list: async (most: number) => Array.from({ length: most }, () => hold) }
  const seen = await seeHolds({ ...world.ports, store: { ...store, holds } }, { by: who('U0LEAD') })
  await world.close()
  if (seen.kind !== 'list') throw new Error(seen.kind)
  const { text, blocks } = holdsList(seen)
  expect(messageProblems(blocks)).toEqual([])
  expect(text).toBe('The newest 15 legal holds now:')
  expect(JSON.stringify(blocks)).toContain('There are more')
})
