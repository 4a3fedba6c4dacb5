import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../src/domain/json.ts'
import { leafText } from '../../src/domain/record/leaf.ts'
import { leafHash, Tree } from '../../src/domain/record/merkle.ts'
import type { RecordEntry } from '../../src/domain/record/record-log.ts'
import { panic } from '../../src/usecases/panic/panic.ts'
import { verifyLog } from '../../src/usecases/record/_verify/verify-log.ts'
import { who } from '../_world.ts'
import { openStepUpWorld, type StepUpWorld } from './_step-up-world.ts'

let world: StepUpWorld
let log: readonly RecordEntry[]
/** The record of two approvals and a panic, each with a proof. */
beforeAll(async () => {
  world = await openStepUpWorld(['approve'], { coolingSeconds: 0, revokeAll: true })
  const [dana, lead] = [await world.enrol('U0DANA'), await world.enrol('U0LEAD')]
  for (const request of [await world.ask(), await world.ask()])
    await world.prove(await world.press('U0DANA', request.id), dana)
  const everything = { named: { kind: 'all' }, reason: 'An intruder', freezeUntil: null } as const
  const order = { ...everything, by: who('U0LEAD'), submissionKey: 'form' }
  const answer = await panic(world.ports, order)
  if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
  await world.prove(await world.link('U0LEAD', answer.intent), lead)
  const { record } = world.ports
  while ((await record.sequence({ late: true })) > 0);
  const entries: RecordEntry[] = []
  for await (const some of record.entries(0)) entries.push(...some)
  log = entries
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: tests change whatever they like of an event
type Loose = any

const decisions = (entries: readonly RecordEntry[]) =>
  entries.filter(({ event }) => event?.action === 'decision.recorded')

/** Somebody who writes the whole database changes events, and makes all hashes anew. */
async function faultsAfter(change: (entries: Loose[]) => void, from = 0): Promise<string[]> {
  const entries: Loose[] = structuredClone(log).map((entry) => ({ ...entry }))
  change(entries)
  const made = entries.map(({ event }, position) => ({ position, event, hash: leafHash(leafText(event)) }))
  const tree = new Tree()
  for (const { hash } of made.slice(0, from)) tree.append(hash)
  async function* rest() {
    yield made.slice(from)
  }
  const { origin } = await world.ports.record.state()
  const report = await verifyLog({ entries: rest(), tree, origin, checkpoints: [], key: null })
  return report.faults.map(({ what }) => what)
}
const proofOf = (entries: Loose[]) => (decisions(entries) as Loose[])[0].event.details.step_up

it('proofs as they were given are sound, also where the verification begins later', async () => {
  expect(decisions(log)).toHaveLength(2)
  expect(
    log.some(({ event }) => event?.action === 'panic.begun' && 'step_up' in (event.details as object)),
  ).toBe(true)
  expect(await faultsAfter(() => undefined)).toEqual([])
  expect(await faultsAfter(() => undefined, 6)).toEqual([])
})

describe.each<{ how: string; change: (entries: Loose[]) => void; fault: string }>([
  {
    how: 'other terms than were confirmed',
    change: (entries) => {
      proofOf(entries).terms.duration_seconds = 86_400
    },
    fault: 'the terms of its proof are not those that were confirmed',
  },
  {
    how: 'a proof of the other decision',
    change: (entries) => {
      const [one, other] = decisions(entries) as Loose[]
      one.event.details.step_up = other.event.details.step_up
    },
    fault: 'its proof is for another request',
  },
  {
    how: 'an actor who proved nothing',
    change: (entries) => {
      ;(decisions(entries)[0] as Loose).event.actor.slack = 'T0ACME/U0MALLORY'
    },
    fault: 'its proof is of another account',
  },
  {
    how: 'a challenge of another decision',
    change: (entries) => {
      proofOf(entries).challenge = proofOf(entries).challenge.replace(/^./, (c: string) =>
        c === 'A' ? 'B' : 'A',
      )
    },
    fault: 'its proof is for another decision',
  },
  {
    how: 'a signature of something else',
    change: (entries) => {
      const [one, other] = decisions(entries) as Loose[]
      one.event.details.step_up.passkey = other.event.details.step_up.passkey
    },
    fault: 'its passkey signed something else',
  },
  {
    how: 'a signature that was changed',
    change: (entries) => {
      const { passkey } = proofOf(entries)
      const bytes = Buffer.from(passkey.signature, 'base64url')
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
      passkey.signature = bytes.toString('base64url')
    },
    fault: 'the signature of its passkey is wrong',
  },
  {
    how: 'a passkey that nobody unlocked',
    change: (entries) => {
      const { passkey } = proofOf(entries)
      const bytes = Buffer.from(passkey.authenticator_data, 'base64url')
      bytes[32] = 0x01
      passkey.authenticator_data = bytes.toString('base64url')
    },
    fault: 'nobody unlocked its passkey',
  },
  {
    how: 'a registration in place of an assertion',
    change: (entries) => {
      const { passkey } = proofOf(entries)
      const data = JSON.parse(Buffer.from(passkey.client_data_json, 'base64url').toString())
      const other = JSON.stringify({ ...data, type: 'webauthn.create' })
      passkey.client_data_json = Buffer.from(other).toString('base64url')
    },
    fault: 'its passkey signed something else',
  },
  {
    how: 'a counter that the passkey did not sign',
    change: (entries) => {
      proofOf(entries).passkey.counter += 1
    },
    fault: 'the counter of its passkey is another',
  },
  {
    how: 'a passkey of another site',
    change: (entries) => {
      proofOf(entries).passkey.rp_id = 'evil.test'
    },
    fault: 'its passkey signed for another site',
  },
  {
    how: 'a passkey that was never added',
    change: (entries) => {
      const added = entries.find(({ event }) => event.action === 'passkey.added')
      added.event.details.credential_id = 'another'
    },
    fault: 'the passkey that signed it was never added',
  },
  {
    how: 'a passkey that was added with another key',
    change: (entries) => {
      const [one, other] = entries.filter(({ event }) => event.action === 'passkey.added')
      one.event.details.public_key = other.event.details.public_key as Json
    },
    fault: 'it is signed with another key than the passkey has',
  },
  {
    how: 'a passkey of another person',
    change: (entries) => {
      entries.find(({ event }) => event.action === 'passkey.added').event.subject.id = 'somebody'
    },
    fault: 'the passkey that signed it is of another person',
  },
  {
    how: 'nothing that proves it',
    change: (entries) => {
      delete proofOf(entries).passkey
    },
    fault: 'nothing proves it',
  },
  {
    how: 'a proof that is no proof',
    change: (entries) => {
      ;(decisions(entries)[0] as Loose).event.details.step_up = { method: 'passkey' }
    },
    fault: 'its proof cannot be read',
  },
])('a record that was written anew with $how', ({ change, fault }) => {
  it('is not sound, although each hash is right', async () => {
    expect((await faultsAfter(change))[0]).toBe(`decision.recorded: ${fault}`)
  })
})

it('a passkey does not count backwards', async () => {
  const faults = await faultsAfter((entries) => {
    const [one, other] = decisions(entries) as Loose[]
    ;[one.event.details, other.event.details] = [other.event.details, one.event.details]
    ;[one.event.request, other.event.request] = [other.event.request, one.event.request]
  })
  expect(faults[0]).toBe('decision.recorded: the counter of its passkey went back')
})

describe('the proof of another kind of click proves nothing', () => {
  const panicProof = (entries: Loose[]) => {
    const at = entries.findIndex(({ event }) => event.action === 'panic.begun')
    const [taken] = entries.splice(at, 1)
    entries.forEach((entry, position) => {
      entry.position = position
    })
    return taken.event.details.step_up
  }

  it('an approval with the proof of a panic', async () => {
    const faults = await faultsAfter((entries) => {
      const proof = panicProof(entries)
      const [approval] = decisions(entries) as Loose[]
      approval.event.details.step_up = proof
      approval.event.actor.slack = `${proof.terms.account.team_id}/${proof.terms.account.user_id}`
    })
    expect(faults[0]).toBe('decision.recorded: its proof is for another kind of click')
  })

  it('an approval with the proof of a denial', async () => {
    const faults = await faultsAfter((entries) => {
      const [approval] = decisions(entries) as Loose[]
      approval.event.details.verdict = 'deny'
    })
    expect(faults[0]).toBe('decision.recorded: its proof is for the other verdict')
  })
})

it('a proof by a passkey that was removed before counts for nothing', async () => {
  const faults = await faultsAfter((entries) => {
    const at = entries.findIndex(({ event }) => event.action === 'decision.recorded')
    const added = entries.find(({ event }) => event.action === 'passkey.added')
    const event = { ...structuredClone(added.event), id: 0, action: 'passkey.removed' }
    entries.splice(at, 0, { ...added, event })
    for (const [position, entry] of entries.entries()) entry.position = position
  })
  expect(faults[0]).toBe('decision.recorded: the passkey that signed it was removed before')
})

it('a proof counts once', async () => {
  const faults = await faultsAfter((entries) => {
    const [one, other] = decisions(entries) as Loose[]
    other.event = { ...one.event, id: other.event.id }
  })
  expect(faults[0]).toMatch(/^decision.recorded: its proof is that of event \d+$/)
})
