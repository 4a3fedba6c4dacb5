import { randomUUID } from 'node:crypto'
import { approvers, inTurn, requesters, slack } from '../world/people.ts'

/** The `response_url` of each request: it leads to the stub of Slack. */
export interface Answerable {
  readonly slackUrl: string
}

/** `/request-access` as one line, each from the next person, as Slack posts it. */
export function commandBodies({ slackUrl }: Answerable, count: number, duration = '1h'): string[] {
  return Array.from({ length: count }, (_, index) => {
    const text = `orders-db read-orders for ${duration} because the totals of INC-${index} do not add up`
    return slashCommand('/request-access', text, inTurn(requesters, index), slackUrl)
  })
}

/** Questions to `/audit`, each of another kind. */
export function auditBodies({ slackUrl }: Answerable, count: number): string[] {
  const texts = ['', 'orders-db', 'last 1h', `all <@${requesters[0]}>`]
  return Array.from({ length: count }, (_, index) =>
    slashCommand('/audit', inTurn(texts, index), slack.lead, slackUrl),
  )
}

function slashCommand(command: string, text: string, userId: string, slackUrl: string): string {
  const id = randomUUID()
  return new URLSearchParams({
    token: 'verification-token',
    team_id: slack.teamId,
    team_domain: 'bench',
    channel_id: 'C0GENERAL',
    channel_name: 'general',
    user_id: userId,
    user_name: userId.toLowerCase(),
    command,
    text,
    api_app_id: slack.appId,
    is_enterprise_install: 'false',
    response_url: `${slackUrl}/commands/${slack.teamId}/${id}/answer`,
    trigger_id: `${id}.command`,
  }).toString()
}

/** A card in the owners' channel. */
export interface PostedCard {
  readonly requestId: string
  readonly reference: string
  readonly ts: string
}

/** Approve on each of these cards, each by the next approver, as Slack posts it: with the whole message in it. */
export function approveBodies({ slackUrl }: Answerable, cards: readonly PostedCard[]): string[] {
  return cards.map((card, index) => {
    const userId = inTurn(approvers, index)
    const payload = {
      type: 'block_actions',
      user: { id: userId, username: userId.toLowerCase(), name: userId.toLowerCase(), team_id: slack.teamId },
      api_app_id: slack.appId,
      token: 'verification-token',
      container: {
        type: 'message',
        message_ts: card.ts,
        channel_id: slack.ownersChannel,
        is_ephemeral: false,
      },
      trigger_id: `${randomUUID()}.click`,
      team: { id: slack.teamId, domain: 'bench' },
      enterprise: null,
      is_enterprise_install: false,
      channel: { id: slack.ownersChannel, name: 'orders-owners' },
      message: cardMessage(card),
      state: { values: {} },
      response_url: `${slackUrl}/actions/${slack.teamId}/${index}/answer`,
      actions: [{ ...approveButton(card), block_id: 'buttons', action_ts: '1800000000.000001' }],
    }
    return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  })
}

/** About as long as the card that Slack sends back with a click. */
function cardMessage(card: PostedCard): object {
  const field = (text: string) => ({ type: 'mrkdwn', text, verbatim: false })
  return {
    user: slack.botUserId,
    type: 'message',
    ts: card.ts,
    bot_id: slack.botId,
    app_id: slack.appId,
    text: `Request waiting · ${card.reference}: somebody asks for Read orders on Orders database`,
    team: slack.teamId,
    blocks: [
      {
        type: 'header',
        block_id: 'title',
        text: { type: 'plain_text', text: `Request · ${card.reference}`, emoji: true },
      },
      {
        type: 'section',
        block_id: 'asks',
        text: field('<@U0ASK00001> asks for *Read orders* on *Orders database*'),
      },
      {
        type: 'section',
        block_id: 'terms',
        fields: ['*Risk*\nlow', '*Duration*\n1 hour', '*Environment*\nproduction', '*Ticket*\nnone'].map(
          field,
        ),
      },
      {
        type: 'rich_text',
        block_id: 'why',
        elements: [
          {
            type: 'rich_text_quote',
            elements: [{ type: 'text', text: 'the totals of INC-42 do not add up' }],
          },
        ],
      },
      {
        type: 'context',
        block_id: 'policy',
        elements: [field('Every contractor may ask; the owners decide.')],
      },
      { type: 'actions', block_id: 'buttons', elements: [approveButton(card)] },
    ],
  }
}

function approveButton(card: PostedCard): object {
  return {
    type: 'button',
    action_id: 'daypass.approve',
    text: { type: 'plain_text', text: 'Approve', emoji: true },
    style: 'primary',
    value: card.requestId,
  }
}
