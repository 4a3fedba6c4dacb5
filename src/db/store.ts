import postgres from 'postgres'
import type { Store } from '../domain/store.ts'
import type { Transaction } from '../domain/transaction.ts'
import { awayUntilIn } from './away-until.ts'
import { campaignsOn } from './campaign-views.ts'
import { contractorsIn } from './contractors.ts'
import type { Database } from './database.ts'
import { countFaults } from './faults.ts'
import { historiesIn } from './histories.ts'
import { homesIn } from './homes.ts'
import { inTransaction } from './in-transaction.ts'
import { insightFactsOn } from './insight-facts.ts'
import { leasesOfLoginsIn, liveGrantsIn } from './live-grants.ts'
import { noticingOn } from './noticing.ts'
import { openPreApprovalsIn } from './open-pre-approvals.ts'
import { peopleIn } from './people.ts'
import { reportsOn } from './reports/all.ts'
import { absencesIn } from './repositories/absences.ts'
import { accountsIn } from './repositories/accounts.ts'
import { activityIn, activityOn } from './repositories/activity.ts'
import { alertsIn } from './repositories/alerts.ts'
import { type AddedEffect, appendsIn } from './repositories/appends.ts'
import { bundlesIn } from './repositories/bundles.ts'
import { callsIn } from './repositories/calls.ts'
import { campaignsIn } from './repositories/campaigns.ts'
import { decisionsIn } from './repositories/decisions.ts'
import { digestsIn } from './repositories/digests.ts'
import { engagementMessagesIn } from './repositories/engagement-messages.ts'
import { engagementsIn } from './repositories/engagements.ts'
import { erasuresIn } from './repositories/erasures.ts'
import { favouritesIn, favouritesOn } from './repositories/favourites.ts'
import { freezesIn } from './repositories/freezes.ts'
import { grantsIn } from './repositories/grants.ts'
import { identitiesIn } from './repositories/identities.ts'
import { interactionsIn, interactionsOn } from './repositories/interactions.ts'
import { leaseExtensionsIn } from './repositories/lease-extensions.ts'
import { legalHoldsIn, legalHoldsOn } from './repositories/legal-holds.ts'
import { isPostedOn, messagesIn } from './repositories/messages.ts'
import { panicsIn } from './repositories/panics.ts'
import { preApprovalsIn } from './repositories/pre-approvals.ts'
import { recordFaultsIn } from './repositories/record-faults.ts'
import { refusalsIn } from './repositories/refusals.ts'
import { requestsIn } from './repositories/requests.ts'
import { reviewsIn } from './repositories/reviews.ts'
import { runsIn } from './repositories/runs.ts'
import { scheduledReportsIn } from './repositories/scheduled-reports.ts'
import { sharedNoticesIn } from './repositories/shared-notices.ts'
import { passkeyCodesIn, passkeysIn, stepUpsIn, stepUpsOn } from './repositories/step-ups.ts'
import { streamStandingsOn, streamsIn } from './repositories/streams.ts'
import { tasksIn } from './repositories/tasks.ts'
import { tasksOn } from './tasks.ts'

/** Called after each commit that added effects to the outbox. Must not throw. */
export type OnCommit = (added: readonly AddedEffect[]) => void

/**
 * The store on Postgres. Transactions are read committed; `lock` isolates them from each other. Writes without a result (`save`,
 * `insert` of a grant, `record`, `append`, `add`) are sent without waiting. If Postgres refuses one, the transaction rejects.
 */
export function createStore(database: Database, onCommit: OnCommit = () => {}): Store {
  const once: Store['transaction'] = async (work) => {
    let added: readonly AddedEffect[] = []
    const result = await inTransaction(database, 'read write', async (session) => {
      const { audit, outbox, flush } = appendsIn(session)
      const transaction: Transaction = {
        accounts: accountsIn(session, { audit, outbox }),
        engagements: engagementsIn(session),
        identities: identitiesIn(session),
        requests: requestsIn(session),
        decisions: decisionsIn(session),
        absences: absencesIn(session),
        favourites: favouritesIn(session),
        calls: callsIn(session),
        reviews: reviewsIn(session),
        preApprovals: preApprovalsIn(session),
        sharedNotices: sharedNoticesIn(session),
        bundles: bundlesIn(session),
        grants: grantsIn(session),
        leaseExtensions: leaseExtensionsIn(session),
        runs: runsIn(session),
        freezes: freezesIn(session),
        panics: panicsIn(session),
        campaigns: campaignsIn(session),
        scheduledReports: scheduledReportsIn(session),
        activity: activityIn(session),
        tasks: tasksIn(session),
        messages: messagesIn(session),
        engagementMessages: engagementMessagesIn(session),
        digests: digestsIn(session),
        interactions: interactionsIn(session),
        refusals: refusalsIn(session),
        stepUps: stepUpsIn(session),
        passkeys: passkeysIn(session),
        passkeyCodes: passkeyCodesIn(session),
        recordFaults: recordFaultsIn(session),
        streams: streamsIn(session),
        erasures: erasuresIn(session),
        holds: legalHoldsIn(session),
        alerts: alertsIn(session),
        outbox,
        audit,
      }
      const outcome = await work(transaction)
      added = flush()
      return outcome
    })
    if (added.length > 0) onCommit(added)
    return result
  }
  // A freeze that was made after the work had asked for freezes. The work asks again, sees it, and says so.
  const transaction: Store['transaction'] = async (work) => {
    try {
      return await once(work)
    } catch (error) {
      if (!isFrozenMeanwhile(error)) throw error
      return once(work)
    }
  }
  return {
    transaction,
    people: {
      ...peopleIn(database, (account) => transaction((tx) => tx.accounts.upsert(account))),
      ...contractorsIn(database),
    },
    homes: homesIn(database),
    interactions: interactionsOn(database),
    isPosted: isPostedOn(database),
    preApprovals: openPreApprovalsIn(database),
    histories: historiesIn(database),
    favouritesOf: favouritesOn(database),
    awayUntil: awayUntilIn(database),
    liveGrantsAt: liveGrantsIn(database),
    leasesOfLogins: leasesOfLoginsIn(database),
    activity: activityOn(database),
    noticing: noticingOn(database),
    insightFacts: (since) => insightFactsOn(database, since),
    holds: legalHoldsOn(database),
    reports: reportsOn(database),
    campaigns: campaignsOn(database),
    tasks: tasksOn(database),
    ...stepUpsOn(database),
    streams: streamStandingsOn(database),
    faults: () => countFaults(database),
  }
}

/** Whether Postgres refused to give something beside a freeze. */
function isFrozenMeanwhile(error: unknown): boolean {
  return (
    error instanceof postgres.PostgresError && error.constraint_name === 'nothing_is_granted_while_frozen'
  )
}
