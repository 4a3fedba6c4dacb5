#!/usr/bin/env node
import { Command } from 'commander'
import { ConfigError, loadEnvFile } from './config.ts'
import { FileProblemsError } from './domain/file-problem.ts'
import { StartupRefused } from './domain/startup-refused.ts'
import type { Role } from './main.ts'

/** A command that is loaded when it is called: each loads only its own parts, and so starts sooner. */
function lazily<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => unknown>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const run = await load()
    await run(...args)
  }
}

const program = new Command('daypass')
  .description('Just-in-time, time-boxed, provable access, asked for and approved in Slack')
  .showHelpAfterError()
const roles: Record<Role, string> = {
  serve: 'answer Slack and perform what is due, in one process',
  web: 'answer Slack only; run as many as you like, with at least one worker',
  worker: 'perform what is due: activations, revocations, messages; run as many as you like',
}
for (const [role, description] of Object.entries(roles) as [Role, string][]) {
  program
    .command(role)
    .description(description)
    .action(async () => (await import('./commands/serve.ts')).serve(role))
}
program
  .command('migrate')
  .description('bring the database up to date and end')
  .action(lazily(async () => (await import('./commands/migrate.ts')).migrate))
program
  .command('check')
  .description(
    'validate the catalog and the policies, and look for rules that nobody means; needs no secrets',
  )
  .option('--require-secrets', 'refuse a catalog that names a variable which is not set, as a start does')
  .option('--strict', 'end with 1 also for warnings')
  .option('--json', 'print JSON, for CI')
  .action(lazily(async () => (await import('./commands/check.ts')).check))
program
  .command('explain')
  .description('say what would become of a request, which rules decide, and who could approve')
  .requiredOption('--who <user>', 'the Slack user who asks: U0CARLA')
  .requiredOption('--entitlement <resource/entitlement>', 'what is asked for: orders-db/read-orders')
  .option('--for <duration>', 'for how long: 2h; without it the default of the entitlement')
  .option('--ticket <ticket>', 'the ticket that the request names')
  .option('--at <time>', 'as if it were then: 2026-11-22T18:00:00Z')
  .option('--json', 'print JSON')
  .action(lazily(async () => (await import('./commands/explain.ts')).explain))
program
  .command('replay')
  .description('judge past requests by other rules, and say what would have been decided otherwise')
  .requiredOption('--since <duration>', 'how far back: 30d')
  .option('--policies <directory>', 'the policies to judge by; without it those of DAYPASS_POLICIES')
  .option('--catalog <file>', 'the catalog to judge by; without it that of DAYPASS_CATALOG')
  .option('--json', 'print JSON')
  .action(lazily(async () => (await import('./commands/replay.ts')).replay))
program
  .command('insight')
  .description(
    'say what could be changed in the catalog or the policies, by what happened, each with the change',
  )
  .option('--since <duration>', 'how far back', '90d')
  .option('--resource <id>', 'one resource of the catalog')
  .option('--json', 'print JSON')
  .action(lazily(async () => (await import('./commands/insight.ts')).insight))
program
  .command('reconcile')
  .description('compare each target with the live grants, and order the end of each difference')
  .action(lazily(async () => (await import('./commands/reconcile.ts')).reconcile))
program
  .command('doctor')
  .description('look at everything Daypass depends on, and say what to do about each fault')
  .action(lazily(async () => (await import('./commands/doctor.ts')).doctor))

program
  .command('revoke')
  .description('take access away at the targets in an emergency, without the database')
  .option('--emergency', 'needed: the usual way is Slack')
  .option('--resource <id>', 'at one target')
  .option('--all', 'at every target of the catalog')
  .option('--grant <id>', 'only this one')
  .option('--by <name>', 'who does it')
  .option('--reason <text>', 'why')
  .option('--record <folder>', 'put on record what an earlier emergency revocation wrote there')
  .action(lazily(async () => (await import('./commands/revoke.ts')).revoke))

program
  .command('report')
  .argument('[name]', 'which report; without it, all are listed')
  .description('write a report: who had what, decisions, late revocations, access that nobody used, ...')
  .option('--from <day>', 'the first day: 2026-11-01')
  .option('--to <day>', 'the last day, included')
  .option('--last <duration>', 'how far back: 30d')
  .option('--on <day>', 'one day')
  .option('--person <user>', 'a Slack user: U0CARLA')
  .option('--resource <id>', 'a resource of the catalog')
  .option('--request <reference>', 'AR-1042')
  .option('--review <reference>', 'an access review: RV-3')
  .option('--entitlement <id>', 'an entitlement: read-orders')
  .option('--approver <user>', 'somebody who decided: U0DANA')
  .option('--state <state>', 'pending, active, ended, failed, late, never-used, ...')
  .option('--sort <order>', 'newest, longest or latest-end')
  .option('--zone <zone>', 'the time zone of the days', 'UTC')
  .option('--format <format>', 'csv, jsonl or html; otherwise csv, and html for board')
  .option('--out <file>', 'where to write; standard output otherwise')
  .action(lazily(async () => (await import('./commands/report.ts')).report))

const review = program.command('review').description('access reviews: who has what, and does it stay')
review
  .command('start')
  .argument('[name]', 'a review of the catalog; without it, everything')
  .description('start a review; a worker collects the items and asks people in Slack')
  .action(lazily(async () => (await import('./commands/review.ts')).startReviewCommand))
review
  .command('list')
  .description('list the newest reviews')
  .action(lazily(async () => (await import('./commands/review.ts')).listReviews))
review
  .command('show')
  .argument('<review>', 'RV-3')
  .description('say how far a review is')
  .action(lazily(async () => (await import('./commands/review.ts')).showReview))
review
  .command('close')
  .argument('<review>', 'RV-3')
  .description('close a review now, as at its deadline')
  .action(lazily(async () => (await import('./commands/review.ts')).closeReviewCommand))

const audit = program.command('audit').description('the audit log: verify it, prove a request, export it')
audit
  .command('verify')
  .description('verify every event and every checkpoint, and name the first fault')
  .option('--from <file>', 'an export, instead of the database')
  .option('--texts <file>', 'the texts of the export')
  .option('--key <key>', 'the public key that must have signed, or a file with it')
  .option('--checkpoints <file>', 'checkpoints from outside, one after the other')
  .option('--pack <folder>', 'a folder of `audit soc2`')
  .option('--json', 'print JSON')
  .action(lazily(async () => (await import('./commands/audit.ts')).verifyAudit))
audit
  .command('prove')
  .argument('<request>', 'AR-1042')
  .description('prove that the events of a request are in the signed log')
  .option('--json', 'print the proofs as JSON')
  .action(lazily(async () => (await import('./commands/audit.ts')).proveAudit))
audit
  .command('consistency')
  .argument('<size>', 'the size of a checkpoint')
  .argument('<size>', 'the size of a later one')
  .description('prove that the log only grew between two checkpoints')
  .action(lazily(async () => (await import('./commands/audit.ts')).checkConsistency))
audit
  .command('export')
  .argument('<file>', 'where to write')
  .option('--texts <file>', 'where to write the texts of people; without it they are left out')
  .description('write the whole log, for somebody who verifies it elsewhere')
  .action(lazily(async () => (await import('./commands/audit.ts')).exportAudit))
audit
  .command('import')
  .argument('<file>', 'an export')
  .option('--texts <file>', 'the texts of the export')
  .option('--key <key>', 'the public key that must have signed, or a file with it')
  .option('--checkpoints <file>', 'checkpoints from outside, one after the other')
  .description('bring an exported log into an empty database, to be read, verified and proven there')
  .action(lazily(async () => (await import('./commands/audit-import.ts')).importAudit))
audit
  .command('soc2')
  .requiredOption('--from <day>', 'the first day of the period: 2026-01-01')
  .requiredOption('--to <day>', 'the last day, included')
  .requiredOption('--out <folder>', 'a new folder')
  .option('--sample <count>', 'how many of those granted, and of those removed', '25')
  .option('--seed <number>', 'draws the same sample again', '1')
  .option('--zone <zone>', 'the time zone of the days', 'UTC')
  .option('--texts', 'with the free texts of the sampled requests, which may be personal data')
  .description('write the population and a sample for an auditor, with proofs and how to check them')
  .action(lazily(async () => (await import('./commands/soc2.ts')).writeSoc2Pack))
audit
  .command('key')
  .description('print the public key of the log')
  .action(lazily(async () => (await import('./commands/audit.ts')).showKey))
audit
  .command('rotate-key')
  .requiredOption('--to <file>', 'the next key: PEM, Ed25519')
  .description('let another key sign from now on; the present one says so')
  .action(lazily(async () => (await import('./commands/audit.ts')).rotateKey))

program
  .command('privacy')
  .description('free texts of people')
  .command('erase')
  .argument('<whose>', 'a request (AR-1042), or the Slack user id of a person')
  .requiredOption('--by <user>', 'the security lead who asks: U0LEAD')
  .description('ask to erase texts; another security lead confirms it in Slack')
  .action(lazily(async () => (await import('./commands/privacy.ts')).eraseTexts))

const hold = program
  .command('hold')
  .description('legal holds: what they cover is not removed until two security leads lift them')
hold
  .command('add')
  .requiredOption('--by <user>', 'the security lead who places it: U0LEAD')
  .requiredOption('--because <text>', 'why')
  .option('--person <user>', 'everything that this person asked for, decided or did: U0CARLA')
  .option('--resource <id>', 'everything on a resource')
  .option('--request <reference>', 'one request: AR-1042')
  .option('--all', 'everything')
  .option('--from <day>', 'what was open, or happened, on this day or later (UTC): 2026-11-01')
  .option('--to <day>', 'the last day, included (UTC)')
  .description('place a legal hold; it covers later events too')
  .action(lazily(async () => (await import('./commands/hold.ts')).addHold))
hold
  .command('list')
  .description('list the legal holds')
  .action(lazily(async () => (await import('./commands/hold.ts')).listHolds))
hold
  .command('lift')
  .argument('<hold>', 'LH-3')
  .requiredOption('--by <user>', 'the security lead who asks: U0LEAD')
  .description('ask to lift a hold; another security lead confirms it in Slack')
  .action(lazily(async () => (await import('./commands/hold.ts')).liftHold))

const people = program
  .command('people')
  .description('engagements of contractors in bulk, and proofs of who people are')
people
  .command('import')
  .argument('<file>', 'a CSV file')
  .description('bring engagements and confirmed logins to what the file says: all lines or none')
  .option('--dry-run', 'show the difference and store nothing')
  .action(lazily(async () => (await import('./commands/people.ts')).importPeopleFile))
people
  .command('export')
  .argument('[file]', 'where to write; standard output otherwise')
  .description('write every open engagement as CSV, which import reads again')
  .action(lazily(async () => (await import('./commands/people.ts')).exportPeopleFile))
people
  .command('passkey-code')
  .argument('<user>', 'the Slack user: U0DANA')
  .description('print a one-time code, with which the person adds a first passkey')
  .action(lazily(async () => (await import('./commands/passkeys.ts')).printPasskeyCode))
people
  .command('sign-in')
  .argument('<user>', 'the Slack user: U0DANA')
  .argument('<subject>', 'the `sub` of the person at the company’s provider')
  .description('say who the person is at the company’s sign-in')
  .action(lazily(async () => (await import('./commands/passkeys.ts')).linkPersonToSignIn))

try {
  loadEnvFile()
  await program.parseAsync()
} catch (error) {
  const expected =
    error instanceof ConfigError || error instanceof FileProblemsError || error instanceof StartupRefused
  const unexpected = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${expected ? error.message : unexpected}\n`)
  process.exitCode = 1
}
