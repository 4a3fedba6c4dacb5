import { ruleOf, usualNoticing } from '../../../domain/noticing/all-rules.ts'
import type { ActiveRule, NoticingRules } from '../../../domain/noticing/noticing-rules.ts'
import type { Noticed, Occasion } from '../../../domain/noticing/rule.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Finding } from './raise.ts'

export function noticingRulesOf({ noticing }: Pick<Ports['catalog'], 'noticing'>): NoticingRules {
  return noticing ?? usualNoticing
}

/** A rule that could not be evaluated at an occasion, and was left out there. */
export interface FailedRule {
  readonly rule: string
  readonly error: string
}

export interface Answers {
  readonly findings: readonly Finding[]
  readonly failed: readonly FailedRule[]
}

/**
 * What the rules notice at these occasions. They read, and change nothing. A rule that throws is left out at that occasion, and the
 * others are asked. Rejects where the database does not answer: then nothing is left out, and everything is asked again.
 */
export async function askRules(
  { store, catalog }: Pick<Ports, 'store' | 'catalog'>,
  occasions: readonly Occasion[],
): Promise<Answers> {
  const findings: Finding[] = []
  const failed = new Map<string, FailedRule>()
  for (const occasion of occasions)
    for (const active of noticingRulesOf(catalog).rules) {
      const answer = await ask({ store }, active, occasion)
      if (answer && 'error' in answer) failed.set(active.kind, answer)
      else if (answer) findings.push({ active, occasion, noticed: answer })
    }
  return { findings, failed: [...failed.values()] }
}

async function ask(
  { store }: Pick<Ports, 'store'>,
  { kind, values }: ActiveRule,
  occasion: Occasion,
): Promise<Noticed | FailedRule | null> {
  const rule = ruleOf(kind)
  if (!rule) return null
  if (occasion.action === null ? !rule.isLive : !rule.on.includes(occasion.action)) return null
  try {
    return await rule.notice(occasion, values, store.noticing)
  } catch {
    // A rule reads facts. Where the database does not answer, this rejects too.
    await store.noticing.place()
    return rule.notice(occasion, values, store.noticing).catch((error: unknown) => ({
      rule: kind,
      error: error instanceof Error ? error.message : String(error),
    }))
  }
}
