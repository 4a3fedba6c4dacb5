import type { ModalView } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { DirectoryUnavailable, UnknownAccount } from '../../../domain/directory.ts'
import type { ActionPayload, SubmissionPayload } from '../../kit/payload.ts'
import type { FormReply, Reply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { credentialsAction, credentialsFormListener } from './credentials.ts'
import { publicKeyInputId } from './ids.ts'

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

describe('a public key of the holder', () => {
  const key = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]).toString('base64')}`
  const submit = async (typed: string) => {
    const drawn: string[] = []
    const draw = async (view: unknown) => drawn.push(JSON.stringify(view)) > 0
    const asked: unknown[] = []
    const issueCredentials = async (...args: unknown[]) => {
      asked.push(args[1])
      return { fields: [{ label: 'User', value: 'dpcasey' }], commands: [], expiresAt: new Date(0) }
    }
    const history = historyOf(click.by, issueCredentials)
    const view = {
      id: 'V1',
      privateMetadata: click.value,
      inputs: new Map([[publicKeyInputId, { blockId: 'public_key', value: typed }]]),
    }
    await credentialsFormListener({
      ports: history as unknown as FeatureParts['ports'],
      opener: { open: async () => 'V1', update: async (_, shown) => draw(shown) },
    })(
      { by: click.by, view } as unknown as SubmissionPayload,
      { show: draw, errors: draw } as unknown as FormReply,
    )
    return { drawn, asked }
  }

  it('is told beside the field where it is none, and nobody is asked', async () => {
    const { drawn, asked } = await submit('-----BEGIN OPENSSH PRIVATE KEY-----')
    expect(drawn).toEqual([expect.stringContaining('This is a private key')])
    expect(asked).toEqual([])
  })

  it('gives credentials for it in the same window', async () => {
    const { drawn, asked } = await submit(`${key} casey@laptop`)
    expect(asked).toEqual([{ publicKey: key }])
    expect(drawn).toEqual([expect.stringContaining('Making credentials'), expect.stringContaining('dpcasey')])
  })
})

/** Ports with one active grant, of the person who asks. */
function historyOf(by: { teamId: string; userId: string }, issueCredentials: unknown) {
  const endsAt = new Date('2126-01-01')
  const grant = {
    id: 'G1',
    status: 'active',
    resourceId: 'web',
    entitlementId: 'shell',
    content: {},
    lease: { startsAt: new Date(0), endsAt },
  }
  const request = {
    id: click.value,
    reference: 'AR-1042',
    asksFor: { kind: 'entitlement', resourceId: 'web', entitlementId: 'shell' },
    terms: { environment: null, entitlementName: 'Shell', resourceName: 'Web' },
  }
  return {
    store: {
      histories: { byRequest: async () => ({ grant, request, requester: { ...by, displayName: 'Casey' } }) },
      interactions: { claim: async () => true },
      transaction: async () => {},
    },
    clock: { now: () => new Date() },
    catalog: { resources: new Map(), security: {} },
    connectors: { of: () => ({ issueCredentials }) },
  }
}
