import type { Problem } from '../domain/problem.ts'

/** `value` with every `${NAME}` replaced, the names that were read, and the names that are not set. Or the problems. */
export type Interpolation =
  | {
      readonly ok: true
      readonly value: string
      readonly names: readonly string[]
      readonly absent: readonly string[]
    }
  | ({ readonly ok: false } & Problem)

/** The result for a `${NAME}` whose variable is absent or empty: a problem, or a placeholder. */
export type AbsentVariables = 'refuse' | 'replace'

export type Environment = Readonly<Record<string, string | undefined>>

const reference = /\$\$\{|\$\{([^}]*)(\}?)/g
const name = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `${NAME}` reads the environment, `$${` writes a plain `${`. No message ever holds a variable's value. */
export function interpolate(
  text: string,
  environment: Environment,
  absentVariables: AbsentVariables = 'refuse',
): Interpolation {
  const names: string[] = []
  const absent: string[] = []
  let value = ''
  let end = 0
  for (const match of text.matchAll(reference)) {
    value += text.slice(end, match.index)
    end = match.index + match[0].length
    if (match[0] === '$${') {
      value += '${'
      continue
    }
    const [whole, inner = '', brace] = match
    if (brace === '' || !name.test(inner)) return notAReference(whole)
    const found = Object.hasOwn(environment, inner) ? environment[inner] : undefined
    if (found) {
      names.push(inner)
      value += found
    } else if (absentVariables === 'refuse') return missing(inner, found)
    else {
      absent.push(inner)
      value += 'placeholder'
    }
  }
  return { ok: true, value: value + text.slice(end), names, absent }
}

function notAReference(text: string): Interpolation {
  return {
    ok: false,
    what: `\`${text.slice(0, 60)}\` names no environment variable.`,
    remedy: `Write \`\${NAME}\`, or \`$\${\` where a plain \`\${\` is meant.`,
  }
}

function missing(variable: string, found: string | undefined): Interpolation {
  return {
    ok: false,
    what: `The environment variable ${variable} is ${found === undefined ? 'not set' : 'empty'}.`,
    remedy: 'Set it (in `.env`, for instance), or write `$${` where a plain `${` is meant.',
  }
}
