import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders and files whose tests wait for real servers. What takes minutes begins first, so that no worker is alone with it at the end. */
const slow = [
  'test/contract/',
  'test/db/embedded-first-start',
  'test/fresh-machine',
  'test/faults/',
  'test/commands/',
  'test/end-to-end/',
]

/** The order of the test files where no earlier run tells how long each takes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = slow.findIndex((part) => moduleId.includes(`/${part}`))
      return place === -1 ? slow.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
