import { ConnectorError } from '../../../domain/connector.ts'
import { isNotFound } from '../errors.ts'
import type { AwsSettings } from '../schema.ts'
import type { Aws, Target } from '../target.ts'

/** An Identity Center instance, as one resource gives access through it. */
export interface Center {
  readonly target: Target
  readonly settings: NonNullable<AwsSettings['identityCenter']>
  /** The identity store of the instance, which holds its users and groups. */
  storeId(aws: Aws): Promise<string>
  /** Runs the changes of one assignment one after the other: AWS refuses two at once. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>
}

export function openCenter(target: Target, settings: Center['settings']): Center {
  let known: string | null = null
  const last = new Map<string, Promise<unknown>>()
  return {
    target,
    settings,
    storeId: async (aws) => {
      known ??= (await findInstance(target, settings, aws)).storeId
      return known
    },
    inTurn: (key, work) => {
      const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
      const settled = mine.catch(() => {})
      last.set(key, settled)
      void settled.then(() => {
        if (last.get(key) === settled) last.delete(key)
      })
      return mine
    },
  }
}

export interface Instance {
  readonly storeId: string
  readonly status: string
}

/** Throws `misconfigured` where the region has no such instance. */
export async function findInstance(
  { resourceId, settings: { region } }: Target,
  { instance }: Center['settings'],
  aws: Aws,
): Promise<Instance> {
  const all: string[] = []
  const sso = await aws.sso()
  let NextToken: string | undefined
  do {
    const page = await sso.listInstances({ ...(NextToken && { NextToken }) })
    for (const { InstanceArn, IdentityStoreId, Status } of page.Instances ?? []) {
      if (InstanceArn === instance && IdentityStoreId)
        return { storeId: IdentityStoreId, status: Status ?? 'ACTIVE' }
      all.push(InstanceArn ?? '')
    }
    NextToken = page.NextToken
  } while (NextToken)
  const others = all.length > 0 ? ` It has ${all.join(', ')}.` : ''
  const message = `${resourceId}: ${region} has no Identity Center instance ${instance} that Daypass can see.${others} Correct \`region\` and \`instance\`, and let Daypass work in the management account or a delegated administrator's.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

/** What AWS says of a permission set: its name, and how long its sessions last. Null: there is none. */
export async function describePermissionSet(
  { settings: { instance } }: Center,
  aws: Aws,
  permissionSet: string,
): Promise<{ readonly name: string; readonly sessionSeconds: number } | null> {
  const sso = await aws.sso()
  try {
    const { PermissionSet } = await sso.describePermissionSet({
      InstanceArn: instance,
      PermissionSetArn: permissionSet,
    })
    return {
      name: PermissionSet?.Name ?? permissionSet,
      sessionSeconds: secondsOf(PermissionSet?.SessionDuration),
    }
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

/** `PT1H30M`. AWS takes 1 to 12 hours, and 1 unless set: https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html */
function secondsOf(duration = 'PT1H'): number {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)
  if (!parts) return longestSession
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0))
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)
}

export const longestSession = 12 * 3_600
