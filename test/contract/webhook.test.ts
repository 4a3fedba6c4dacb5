import { afterAll, beforeAll, describe, it } from 'vitest'
import { webhookReceiverMissing } from '../../fixtures/targets/webhook-receiver.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { signedAnswerRules, tlsRules, webhookRules } from './webhook-rules.ts'
import { makeWebhookWorld, type WebhookWorld } from './webhook-world.ts'

const oneByOne = 'the receiver is called for one lease at a time'
const unseen = 'the sessions behind a receiver are not seen'

if (skipLoudly('the webhook connector over https', webhookReceiverMissing)) {
  describe.skip('webhook over https: no receiver on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract(
    'webhook, with an account for each lease',
    () => makeWebhookWorld({ settings: { credentials: true, lists: true } }),
    {
      grantAll: oneByOne,
      revokeAll: oneByOne,
      sessions: unseen,
      logins: 'each lease has an account of its own',
      resistance: unseen,
    },
  )

  describeConnectorContract(
    'webhook, with logins, read-back and signed answers',
    () => makeWebhookWorld({ login: true, settings: { reads: true, signedAnswers: true } }),
    {
      grantAll: oneByOne,
      revokeAll: oneByOne,
      sessions: unseen,
      credentials: 'the login exists already',
      list: 'a list of logins does not tell whose access Daypass made',
      resistance: unseen,
    },
  )

  describe('webhook over https', () => tlsRules())
}

describe('webhook', () => {
  let world: WebhookWorld
  beforeAll(async () => {
    world = await makeWebhookWorld({ tls: false })
  })
  afterAll(() => world?.close())
  webhookRules(() => world)
})

describe('webhook, signed answers', () => signedAnswerRules())
