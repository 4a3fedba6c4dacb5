import { z } from 'zod'
import type { Config } from '../config.ts'
import { asksForProofs, type Catalog } from '../domain/catalog.ts'
import type { Diagnosis } from '../domain/connector.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { StepUpParts } from '../domain/step-up-parts.ts'
import { createAuthenticator } from '../step-up/authenticator.ts'
import { createSignIns } from '../step-up/sign-in.ts'
import type { Probe } from '../usecases/diagnose.ts'

/** Null: `PUBLIC_URL` is not set. */
export function stepUpParts({ publicOrigin: origin }: Pick<Config, 'publicOrigin'>): StepUpParts | null {
  return origin === null
    ? null
    : { origin, authenticator: createAuthenticator(origin), signIn: createSignIns(origin) }
}

/** Throws `StartupRefused` for a catalog that asks for proofs which nobody could give. */
export function requirePublicUrl({ publicOrigin }: Pick<Config, 'publicOrigin'>, catalog: Catalog): void {
  if (publicOrigin !== null || !asksForProofs(catalog)) return
  throw new StartupRefused(
    'The catalog asks people to prove who they are (`stepUp`), and PUBLIC_URL is not set.',
    'Set it to the address at which browsers reach Daypass: https://daypass.example.com',
  )
}

const askedForMs = 5_000

/** Whether browsers reach the page at the public address, and the process there uses the same one. */
export async function lookAtPage(origin: string | null): Promise<Diagnosis> {
  if (origin === null) {
    const remedy = 'Set it to the address at which browsers reach Daypass: https://daypass.example.com'
    return {
      ok: false,
      problems: [{ what: 'PUBLIC_URL is not set, so nobody can prove who they are.', remedy }],
    }
  }
  const found = await originAt(origin)
  if (found === origin)
    return { ok: true, summary: `${origin}/step-up answers, and browsers may use passkeys there` }
  const what =
    found === undefined
      ? `${origin}/step-up does not answer as the page of Daypass.`
      : `The Daypass at ${origin} has another PUBLIC_URL${found === null ? ', or is starting' : `: ${found}`}.`
  const remedy = 'Look at the proxy before Daypass, and set the same PUBLIC_URL for every `daypass web`.'
  return { ok: false, problems: [{ what, remedy }] }
}

/** Undefined: nothing answers there as Daypass does. */
async function originAt(origin: string): Promise<string | null | undefined> {
  try {
    const signal = AbortSignal.timeout(askedForMs)
    const answer = await fetch(`${origin}/step-up/origin`, { signal, redirect: 'error' })
    const read = z.object({ origin: z.string().nullable() }).safeParse(await answer.json())
    return read.data?.origin
  } catch {
    return undefined
  }
}

/** Whether the company's provider answers. */
export function signInProbes({ publicOrigin }: Pick<Config, 'publicOrigin'>, { security }: Catalog): Probe[] {
  const settings = security.stepUp?.signIn
  if (!settings || publicOrigin === null) return []
  const look = async (): Promise<Diagnosis> => {
    try {
      await createSignIns(publicOrigin)(settings).begin({
        state: 'doctor',
        nonce: 'doctor',
        verifier: 'doctor',
      })
      return { ok: true, summary: `${settings.issuer} answers` }
    } catch (error) {
      const what = `The sign-in at ${settings.issuer} cannot be used: ${error instanceof Error ? error.message : error}`
      const remedy = 'Correct `security.stepUp.signIn` in the catalog, or ask those who run the provider.'
      return { ok: false, problems: [{ what, remedy }] }
    }
  }
  return [{ name: 'Company sign-in', look }]
}
