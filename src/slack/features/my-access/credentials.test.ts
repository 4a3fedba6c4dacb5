import type { ModalView } from '@slack/types'
import { expect, it } from 'vitest'
import { DirectoryUnavailable, UnknownAccount } from '../../../domain/ports.ts'
import type { ActionPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { credentialsAction } from './credentials.ts'

const click = {
  by: { teamId: 'T1', userId: 'U0NOBODY' },
  value: '018f0000-0000-7000-8000-000000000000',
  triggerId: '1.2.3',
} as ActionPayload
const reply = { acknowledge: async () => {} } as Reply

it.each([
  [new UnknownAccount('U0NOBODY'), 'Slack knows nobody with the id `U0NOBODY`'],
  [new DirectoryUnavailable('no answer'), 'Slack did not tell me who you are'],
  [new Error('a fault'), 'I could not make credentials'],
])('Show credentials that fails with %s says so in its window', async (failure, sentence) => {
  const drawn: ModalView[] = []
  const opener: FeatureParts['opener'] = {
    open: async () => 'V1',
    update: async (_, view) => drawn.push(view) > 0,
  }
  const byRequest = () => Promise.reject(failure)
  const ports = { store: { histories: { byRequest } } } as unknown as FeatureParts['ports']
  await expect(credentialsAction({ ports, opener })(click, reply)).rejects.toBe(failure)
  expect(JSON.stringify(drawn)).toContain(sentence)
})
