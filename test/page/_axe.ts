import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Found {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary?: string }[]
}

/** What axe-core calls serious or critical on what is shown now, one line each. */
export async function seriousProblems(page: Page): Promise<string[]> {
  // As an expression of the test, not of the page: its content security policy lets no foreign script in.
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run(document)')) as { violations: Found[] }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    )
}
