import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Found {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary?: string }[]
}

/** The serious and critical problems that axe-core finds in the page now, one line each. */
export async function seriousProblems(page: Page): Promise<string[]> {
  // Evaluated by the test, since the page's content security policy allows no foreign script.
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run(document)')) as { violations: Found[] }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    )
}
