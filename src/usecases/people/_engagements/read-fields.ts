import { cleanFreeText } from '../../../domain/free-text.ts'

interface Problem {
  readonly problem: string
}

const longestCompany = 120
const longestLogin = 256
const mostTags = 20

/** The name of a company without hidden characters, or the problem with it. */
export function readCompany(typed: string): { company: string } | Problem {
  const company = cleanFreeText(typed).replaceAll('\n', ' ')
  if (company === '') return { problem: 'Write the company, or the name under which the person works.' }
  if (company.length > longestCompany)
    return { problem: `A company has ${longestCompany} characters at the most.` }
  return { company }
}

/** Tags, separated by spaces or commas, in the order of the alphabet, each once. */
export function readTags(typed: string): { tags: string[] } | Problem {
  const tags = [
    ...new Set(
      typed
        .toLowerCase()
        .split(/[\s,;]+/)
        .filter(Boolean),
    ),
  ].sort()
  const bad = tags.find((tag) => !/^[a-z0-9][a-z0-9._:-]{0,39}$/.test(tag))
  if (bad)
    return {
      problem: `“${bad.slice(0, 40)}” is no tag. A tag has letters, digits and - . _ : and begins with a letter or digit.`,
    }
  if (tags.length > mostTags) return { problem: `An engagement has ${mostTags} tags at the most.` }
  return { tags }
}

/** A login without hidden characters, or the problem with it. */
export function readLogin(typed: string): { login: string } | Problem {
  const login = cleanFreeText(typed).replaceAll('\n', ' ').trim()
  if (login === '') return { problem: 'Write the login.' }
  if (login.length > longestLogin) return { problem: `A login has ${longestLogin} characters at the most.` }
  return { login }
}
