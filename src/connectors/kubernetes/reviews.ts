import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Question } from './roles.ts'
import type { Api } from './target.ts'

/** What the API server says to a question. */
export interface Verdict {
  readonly question: Question
  readonly allowed: boolean
  /** Such as: RBAC: allowed by RoleBinding "support/orders" of ClusterRole "view" to User "alice". */
  readonly reason: string
}

const accessSchema = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().default('') }),
})

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/ */
export function mayDo(api: Api, user: string, questions: readonly Question[]): Promise<Verdict[]> {
  return Promise.all(
    questions.map(async (question) => {
      const { status } = await api.create(
        accessSchema,
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: { user, ...specOf(question) },
        },
      )
      return { question, ...status }
    }),
  )
}

/** Whether Daypass itself may do this. */
export async function mayDaypass(api: Api, question: Question): Promise<boolean> {
  const { status } = await api.create(
    accessSchema,
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: specOf(question) },
  )
  return status.allowed
}

function specOf(question: Question) {
  if ('path' in question) return { nonResourceAttributes: { path: question.path, verb: question.verb } }
  const { namespace, ...rest } = question
  return { resourceAttributes: { ...rest, ...(namespace !== null && { namespace }) } }
}

const tokenSchema = z.object({ status: z.object({ authenticated: z.boolean().default(false) }) })

/** Whether the API server takes this token for anybody's. */
export async function isAccepted(api: Api, token: string): Promise<boolean> {
  const { status } = await api.create(tokenSchema, '/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  })
  return status.authenticated
}

/**
 * Asks again until the answer is as wanted. The API server decides by a copy of the bindings, which is a moment behind them.
 * Resolves with the last answer, wanted or not. `first`: the answer to a question that was asked just now.
 */
export async function settled<T>(
  look: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinSeconds: number,
  first?: T,
): Promise<T> {
  const until = Date.now() + withinSeconds * 1_000
  let answer = first ?? (await look())
  for (let wait = 2; !isWanted(answer) && Date.now() + wait <= until; wait = Math.min(wait * 2, 1_000)) {
    await pause(wait)
    answer = await look()
  }
  return answer
}
