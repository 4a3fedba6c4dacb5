#!/usr/bin/env node
import { Command } from 'commander'
import { prepareDatabase } from './app/data.ts'
import { openProbes } from './app/doctor.ts'
import { checkRules, readRules } from './app/rules.ts'
import { ConfigError, loadEnvFile, readConfig, readFiles } from './config.ts'
import type { Catalog } from './domain/catalog.ts'
import type { Diagnosis } from './domain/connector.ts'
import { FileProblemsError } from './domain/file-problem.ts'
import { StartupRefused } from './domain/startup-refused.ts'
import { createLogger } from './logger.ts'
import { type Role, startDaypass } from './main.ts'
import { diagnose } from './usecases/diagnose.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

const program = new Command('daypass')
  .description('Just-in-time, time-boxed, provable access, asked for and approved in Slack')
  .showHelpAfterError()
const roles: Record<Role, string> = {
  serve: 'answer Slack and see to what is due, in one process',
  web: 'answer Slack only; run as many as you like, with at least one worker',
  worker: 'see to what is due: activations, revocations, messages; run as many as you like',
}
for (const [role, description] of Object.entries(roles) as [Role, string][]) {
  program
    .command(role)
    .description(description)
    .action(() => serve(role))
}
program.command('migrate').description('bring the database up to date and end').action(migrate)
program
  .command('check')
  .description('validate the catalog and the policies; asks nobody, and needs no secrets')
  .option('--require-secrets', 'refuse a catalog that names a variable which is not set, as a start does')
  .action(check)
program
  .command('doctor')
  .description('look at everything Daypass depends on, and say what to do about each fault')
  .action(doctor)

async function serve(role: Role): Promise<void> {
  const config = readConfig()
  const log = createLogger(config.logLevel)
  // A listener's forgotten promise must not end a process on which leases depend; it is logged and mended.
  process.on('unhandledRejection', (reason) =>
    log.error({ err: reason }, 'a promise was rejected and nobody listened'),
  )
  const running = await startDaypass(config, role, log)
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'ending in order; a second signal ends at once')
      void running.stop().then(() => process.exit(0))
    })
  }
}

async function migrate(): Promise<void> {
  const { release } = await prepareDatabase(readFiles())
  await release()
  print('The database is up to date.')
}

function check({ requireSecrets = false }: { requireSecrets?: boolean }): void {
  const config = readFiles()
  const { catalog, absent, policies } = requireSecrets
    ? { ...readRules(config), absent: [] }
    : checkRules(config)
  for (const warning of policies.warnings) print(`warning: ${warning}`)
  if (catalog) print(`${config.catalogPath}: ${sizeOf(catalog)}.`)
  if (absent.length > 0) {
    const [are, them] = absent.length === 1 ? ['is', 'it'] : ['are', 'them']
    print(`${config.catalogPath}: ${absent.join(', ')} ${are} not set. Values with ${them} were not checked.`)
  }
  print(`${config.policiesPath}: ${count(policies.policyCount, 'rule')}.`)
  print('All is well.')
}

function sizeOf({ resources }: Catalog): string {
  const entitlements = [...resources.values()].reduce((sum, { entitlements: { size } }) => sum + size, 0)
  return `${count(resources.size, 'resource')}, ${count(entitlements, 'entitlement')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

async function doctor(): Promise<void> {
  const config = readConfig()
  const { list, release } = openProbes(config, createLogger('silent'))
  const findings = await diagnose(list)
  await release()
  for (const { name, diagnosis } of findings) tell(name, diagnosis)
  const ill = findings.filter(({ diagnosis }) => !diagnosis.ok)
  print(ill.length === 0 ? '\nAll is well.' : `\n${ill.length} of ${findings.length} need you.`)
  process.exitCode = ill.length === 0 ? 0 : 1
}

function tell(name: string, diagnosis: Diagnosis): void {
  if (diagnosis.ok) print(`✔ ${name}: ${diagnosis.summary}`)
  else for (const { what, remedy } of diagnosis.problems) print(`✘ ${name}: ${what}\n    → ${remedy}`)
}

try {
  loadEnvFile()
  await program.parseAsync()
} catch (error) {
  const expected =
    error instanceof ConfigError || error instanceof FileProblemsError || error instanceof StartupRefused
  complain(expected ? error.message : String(error instanceof Error ? (error.stack ?? error.message) : error))
  process.exitCode = 1
}
