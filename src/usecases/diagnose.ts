import type { Diagnosis } from '../domain/connector.ts'

/** One thing that Daypass depends on, and a way to look at it. `look` must not hang. */
export interface Probe {
  readonly name: string
  look(): Promise<Diagnosis>
}

export interface Finding {
  readonly name: string
  readonly diagnosis: Diagnosis
}

/** Looks at everything at once. A look that throws, or takes longer than `limitMs`, is a finding too. */
export function diagnose(probes: readonly Probe[], limitMs = 15_000): Promise<Finding[]> {
  return Promise.all(
    probes.map(async ({ name, look }) => ({ name, diagnosis: await bounded(look, limitMs) })),
  )
}

async function bounded(look: Probe['look'], limitMs: number): Promise<Diagnosis> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Diagnosis>((tooLate) => {
    timer = setTimeout(() => tooLate(fault(`no answer within ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([look(), limit])
  } catch (error) {
    return fault(error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
  }
}

function fault(what: string): Diagnosis {
  return { ok: false, problems: [{ what, remedy: 'Check that it runs and can be reached from here.' }] }
}
