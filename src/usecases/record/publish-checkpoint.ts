import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { type CheckpointPlace, usualRecordRules } from '../../domain/record/rules.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

const data = z.object({ place: z.string(), size: z.number() })
declare module '../../domain/effect.ts' {
  interface Effects {
    publish_checkpoint: z.infer<typeof data>
  }
}

type PublishPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'record'>

/** Orders the newest checkpoint to every place of the catalog, when the tree has grown and the time has come. */
export async function orderPublication({ store, clock, catalog, record }: PublishPorts): Promise<void> {
  const { places, publishEverySeconds } = catalog.record ?? usualRecordRules
  if (places.length === 0) return
  const now = clock.now()
  const size = await record.claimPublication(now, publishEverySeconds)
  if (size === null) return
  await store.transaction(async (tx) => {
    for (const place of places)
      await tx.outbox.add({ kind: 'publish_checkpoint', place: idOf(place), size }, now)
  })
}

/** An effect names a place by a hash, because its address may hold a secret. */
function idOf(place: CheckpointPlace): string {
  return createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 16)
}

async function publishCheckpoint(
  { catalog, record, places, messenger }: Pick<Ports, 'catalog' | 'messenger' | 'record' | 'places'>,
  { place: id, size }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const place = catalog.record?.places.find((one) => idOf(one) === id)
  if (!place) return done('the catalog no longer names this place')
  const [checkpoint] = await record.checkpoints(size)
  if (checkpoint?.size !== size) return done('there is no such checkpoint')
  if (place.kind === 'slack') {
    await messenger.tellSecurity({ kind: 'record_checkpoint', note: checkpoint.note }, place.channel)
  } else await places.put(place, checkpoint)
  return done('published')
}

/** Repeated until the place takes it. */
export const publishCheckpointEffect = defineEffect({
  kind: 'publish_checkpoint',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(publishCheckpoint),
})
