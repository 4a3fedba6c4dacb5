import type { Json } from '../domain/json.ts'
import type { PersonFacts, PolicyQuestion } from '../domain/policy.ts'

/** A question as JSON, to be kept with its result. Without names of people, which no policy reads. */
export function factsOf(question: PolicyQuestion): Json {
  const people = {
    principal: withoutName(question.principal),
    ...('requester' in question ? { requester: withoutName(question.requester) } : {}),
    ...('holder' in question ? { holder: withoutName(question.holder) } : {}),
  }
  return JSON.parse(JSON.stringify({ ...question, ...people })) as Json
}

function withoutName(person: PersonFacts): PersonFacts {
  const { engagement } = person
  if (!engagement) return person
  return { ...person, engagement: { ...engagement, sponsor: { ...engagement.sponsor, displayName: '' } } }
}
