import type { ItemKind, ReviewRules } from '../domain/campaign.ts'
import { idPattern, type Resource } from '../domain/catalog.ts'
import type { FileProblem } from '../domain/file-problem.ts'
import { idProblem } from './issues.ts'
import { type ReviewInFile, reviewedThings } from './review-schema.ts'
import type { YamlSource } from './yaml-source.ts'

const kindOf: Readonly<Record<(typeof reviewedThings)[number], ItemKind>> = {
  leases: 'lease',
  preApprovals: 'pre_approval',
  engagements: 'engagement',
  standing: 'standing',
}

/** The reviews of the catalog, by id. Reports those that name a resource that is not there. */
export function readReviews(
  reviews: Readonly<Record<string, ReviewInFile>>,
  resources: ReadonlyMap<string, Resource>,
  { source, problems }: { source: YamlSource; problems: FileProblem[] },
): Map<string, ReviewRules> {
  const read = new Map<string, ReviewRules>()
  for (const [id, review] of Object.entries(reviews)) {
    const path = ['reviews', id]
    if (!idPattern.test(id)) problems.push(idProblem(source, path))
    for (const [index, resourceId] of (review.resources ?? []).entries()) {
      if (resources.has(resourceId)) continue
      const what = `There is no resource ${resourceId}, so nothing of it could be reviewed.`
      const remedy = 'Write the id of a resource of this catalog, or leave it out.'
      problems.push(source.problemAt([...path, 'resources', index], what, remedy))
    }
    if (review.resources && review.of?.includes('engagements')) {
      const what = 'An engagement belongs to no resource, and this review names resources.'
      const remedy = 'Leave `resources` or `engagements` out, or write two reviews.'
      problems.push(source.problemAt([...path, 'of'], what, remedy))
    }
    read.set(id, toRules(id, review))
  }
  return read
}

function toRules(id: string, review: ReviewInFile): ReviewRules {
  const { name, every, resources = null, leasesLongerThan, deadline, reminders, undecided } = review
  const all = reviewedThings.filter((thing) => resources === null || thing !== 'engagements')
  return {
    id,
    name,
    every: every === undefined ? null : typeof every === 'number' ? { seconds: every } : every,
    resourceIds: resources,
    of: (review.of ?? all).map((thing) => kindOf[thing]),
    leasesLongerThanSeconds: leasesLongerThan,
    deadlineSeconds: deadline,
    remindersSeconds: [...new Set(reminders)].filter((seconds) => seconds < deadline).sort((a, b) => b - a),
    undecided,
  }
}
