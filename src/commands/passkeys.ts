import { openPeople } from '../app/people.ts'
import { readConfig } from '../config.ts'
import { formatDuration } from '../domain/duration.ts'
import { codeSeconds } from '../domain/passkey.ts'
import { createLogger } from '../logger.ts'
import { issuePasskeyCode } from '../usecases/step-up/issue-code.ts'
import { linkSignIn } from '../usecases/step-up/link-sign-in.ts'
import { print } from './print.ts'

/** `daypass people passkey-code U0DANA`: a one-time code, with which the person adds a first passkey. */
export async function printPasskeyCode(userId: string): Promise<void> {
  const people = await openPeople(readConfig(), createLogger('silent'))
  try {
    const ports = { ...people.ports, directory: await people.directory() }
    const issued = await issuePasskeyCode(ports, userId)
    if (issued.kind !== 'issued') {
      print(
        issued.kind === 'unknown'
          ? `Slack knows nobody with the id ${userId}.`
          : `${userId} is no active account of a person in this workspace.`,
      )
      process.exitCode = 1
      return
    }
    print(`The code of ${issued.displayName} (${userId}): ${issued.code}`)
    print(
      `It works once, for ${formatDuration(codeSeconds)}. Hand it over face to face or by phone, and never in Slack.`,
    )
  } finally {
    await people.close()
  }
}

/** `daypass people sign-in U0DANA SUBJECT`: says which subject of the company’s sign-in the person is. */
export async function linkPersonToSignIn(userId: string, subject: string): Promise<void> {
  const people = await openPeople(readConfig(), createLogger('silent'))
  try {
    const ports = { ...people.ports, directory: await people.directory() }
    const linked = await linkSignIn(ports, { userId, subject })
    print(sentence(linked, userId))
    if (linked.kind !== 'linked') process.exitCode = 1
  } finally {
    await people.close()
  }
}

function sentence(linked: Awaited<ReturnType<typeof linkSignIn>>, userId: string): string {
  switch (linked.kind) {
    case 'linked':
      return `The company’s sign-in of ${linked.displayName} (${userId}) counts from now on.`
    case 'unknown':
      return `Slack knows nobody with the id ${userId}.`
    case 'taken':
      return 'Another person has this account of the company. Nothing was changed.'
    case 'no_sign_in':
      return 'The catalog names no sign-in of the company: `security.stepUp.signIn`.'
  }
}
