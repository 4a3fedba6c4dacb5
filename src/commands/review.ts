import { userInfo } from 'node:os'
import { type OpenReviews, openReviews } from '../app/reviews.ts'
import { ConfigError, readConfig } from '../config.ts'
import { type Campaign, countItems } from '../domain/campaign.ts'
import { closeReviewHere } from '../usecases/reviews/close-review.ts'
import { startReviewHere } from '../usecases/reviews/start-review.ts'
import { print } from './print.ts'

/** `daypass review start [NAME]`. A worker collects the items. */
export function startReviewCommand(name: string | undefined): Promise<void> {
  return withReviews(async (ports) => {
    const answer = await startReviewHere(ports, { by: userInfo().username, name: name ?? null })
    if (answer.kind !== 'started') {
      const known = answer.kind === 'unknown_review' ? answer.known : []
      throw new ConfigError(
        `The catalog names no review ${name}. It names: ${known.length > 0 ? known.join(', ') : 'none'}.`,
      )
    }
    const { reference, name: title, dueAt } = answer.campaign
    print(
      `${reference} has begun: ${title}, until ${dueAt.toISOString()}. A worker collects what people have.`,
    )
  })
}

export function listReviews(): Promise<void> {
  return withReviews(async ({ store }) => {
    const campaigns = await store.campaigns.list(50)
    if (campaigns.length === 0) print('There was no access review yet.')
    for (const campaign of campaigns) print(lineOf(campaign))
  })
}

export function showReview(reference: string): Promise<void> {
  return withReviews(async ({ store, clock }) => {
    const view = await store.campaigns.byReference(reference, clock.now())
    if (!view) throw noSuchReview(reference)
    const { campaign, items } = view
    print(lineOf(campaign))
    const counts = countItems(items)
    for (const [state, count] of Object.entries(counts))
      print(`  ${state === 'byRule' ? 'by rule' : state}: ${count}`)
    for (const { resourceId, because } of campaign.notCovered)
      print(`  standing access of ${resourceId} is not covered: ${because}`)
    print(`  Every item: daypass report review --review ${campaign.reference}`)
  })
}

export function closeReviewCommand(reference: string): Promise<void> {
  return withReviews(async (ports) => {
    const answer = await closeReviewHere(ports, { by: userInfo().username, reference })
    if (answer.kind === 'closing') print(`${answer.campaign.reference} is being closed by a worker.`)
    else if (answer.kind === 'closed_before') print(`${answer.campaign.reference} is closed already.`)
    else throw noSuchReview(reference)
  })
}

function noSuchReview(reference: string): ConfigError {
  return new ConfigError(`There is no review ${reference}. \`daypass review list\` lists them.`)
}

async function withReviews(work: (ports: OpenReviews) => Promise<void>): Promise<void> {
  const opened = await openReviews(readConfig())
  try {
    await work(opened)
  } finally {
    await opened.close()
  }
}

function lineOf({ reference, name, startedAt, dueAt, closedAt, signedOff }: Campaign): string {
  const state = signedOff
    ? `signed off ${signedOff.at.toISOString()} by ${signedOff.by.userId}`
    : closedAt
      ? `closed ${closedAt.toISOString()}, not signed off`
      : `open until ${dueAt.toISOString()}`
  return `${reference}  ${name}  began ${startedAt.toISOString()}, ${state}`
}
