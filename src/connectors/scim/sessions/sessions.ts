import { ConnectorError, type Evidence } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { Resource } from '../resource.ts'
import type { SessionSettings } from '../schema.ts'
import type { Target } from '../target.ts'
import { entra } from './entra.ts'
import { google } from './google.ts'
import { okta } from './okta.ts'
import type { Vendor } from './vendor.ts'

/** The sessions of people at the identity provider of one resource. */
export interface Sessions {
  /** The vendor's id of the person behind a user; null where it knows none. */
  find(user: Resource): Promise<string | null>
  /** The same. Throws where the vendor knows none: otherwise their sessions could not be ended. */
  require(user: Resource): Promise<string>
  /** Ends every session of the person with this id. Null: the vendor knows no such person. */
  end(id: string | null): Promise<{ readonly sentence: string; readonly facts: Evidence['facts'] }>
  check(): Promise<Problem | null>
}

export function openSessions(target: Target, settings: SessionSettings): Sessions {
  const { resourceId } = target
  const vendor = vendorOf(resourceId, settings)
  const find = async (user: Resource) => {
    const person = personOf(user, settings)
    return person === null ? null : target.elsewhere((fetch) => vendor.find(fetch, person))
  }
  return {
    find,
    require: async (user) => {
      const id = await find(user)
      if (id !== null) return id
      const message = `${resourceId}: ${vendor.name} knows no person by the ${settings.user} of the user ${user.id}, so sessions could not be ended. Correct \`sessions.user\` in the catalog, or the user.`
      throw new ConnectorError('misconfigured', message, { retryable: false })
    },
    end: async (id) => {
      const isEnded = id !== null && (await target.elsewhere((fetch) => vendor.end(fetch, id)))
      const sentence = isEnded
        ? `${vendor.name} says that it has ended the person's sessions.`
        : `${vendor.name} knows the person no more, so no sessions were ended there.`
      return { sentence, facts: { sessionsEndedAt: isEnded ? vendor.name : null } }
    },
    check: async () => {
      const nobody = 'daypass-check-nobody@example.invalid'
      try {
        await target.elsewhere((fetch) => vendor.find(fetch, nobody))
        return null
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        return {
          what: error.message,
          remedy: `Correct \`sessions\` in the catalog: ${rights[settings.vendor]}.`,
        }
      }
    },
  }
}

/** What the credentials of Daypass need at each vendor. */
const rights: Readonly<Record<SessionSettings['vendor'], string>> = {
  okta: 'its API token belongs to an administrator who may view users and clear their sessions',
  entra:
    'its app registration has the application permissions User.ReadBasic.All and User.RevokeSessions.All, with consent',
  google:
    'its service account has domain-wide delegation for admin.directory.user.readonly and admin.directory.user.security',
}

function vendorOf(resourceId: string, settings: SessionSettings): Vendor {
  switch (settings.vendor) {
    case 'okta':
      return okta(resourceId, settings)
    case 'entra':
      return entra(resourceId, settings)
    case 'google':
      return google(resourceId, settings)
  }
}

function personOf({ userName, externalId, emails }: Resource, { user }: SessionSettings): string | null {
  if (user === 'userName') return userName || null
  if (user === 'externalId') return externalId || null
  const all = emails ?? []
  return (all.find(({ primary }) => primary) ?? all[0])?.value || null
}
