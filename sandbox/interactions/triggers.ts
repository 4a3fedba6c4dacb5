import { randomBytes } from 'node:crypto'
import { BoundedMap } from '../bounded-map.ts'

interface Trigger {
  appId: string
  userId: string
  /** The modal the trigger came from, if it came from one. */
  viewId?: string
  expires: number
  exchanged: boolean
}

export type TriggerError = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id'

/** Triggers. Each lives three seconds and can be used once, by one app for one person. */
export class Triggers {
  private readonly triggers = new BoundedMap<string, Trigger>(20_000)
  private readonly lifeMs: number

  constructor(lifeMs: number) {
    this.lifeMs = lifeMs
  }

  issue(appId: string, userId: string, viewId?: string): string {
    const id = `${Date.now()}.${Math.floor(Math.random() * 1e10)}.${randomBytes(16).toString('hex')}`
    const expires = Date.now() + this.lifeMs
    this.triggers.set(id, { appId, userId, expires, exchanged: false, ...(viewId ? { viewId } : {}) })
    return id
  }

  /** Uses a trigger up. */
  exchange(id: string, appId: string): Trigger | TriggerError {
    const trigger = this.triggers.get(id)
    if (!trigger || trigger.appId !== appId) return 'invalid_trigger_id'
    if (trigger.exchanged) return 'exchanged_trigger_id'
    if (trigger.expires < Date.now()) return 'expired_trigger_id'
    trigger.exchanged = true
    return trigger
  }
}
