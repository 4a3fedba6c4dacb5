import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'
import { daypass, folder } from './_command.ts'

let world: World
let environment: Record<string, string>
let reference: string

beforeAll(async () => {
  world = await openWorld()
  environment = { DATABASE_URL: world.databaseUrl, DAYPASS_DIRECTORY: folder }
  // A name that a spreadsheet would compute, and that a page would show as a mark.
  world.directory.change('U0CARL', { displayName: '=HYPERLINK("https://evil.test","<b>carl</b>")' })
  const request = await world.ask()
  reference = request.reference
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  await world.processAll()
})
afterAll(() => world?.close())

const report = (...args: string[]) => daypass(['report', ...args], environment)

describe('daypass report', { timeout: 120_000 }, () => {
  it('without a name lists all reports, with what each takes', async () => {
    const { stdout, code } = await report()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^held-on --on \[--person\] \[--resource\]\n {4}Every access that was open/m)
  })

  it('writes CSV that no spreadsheet computes', async () => {
    const { stdout, code } = await report('active')
    expect(code).toBe(0)
    const [row] = parse(stdout, { columns: true }) as Record<string, string>[]
    expect(row).toMatchObject({ Request: reference, State: 'active', 'Approved by': 'dana (U0DANA)' })
    expect(row?.Person).toBe(`'=HYPERLINK("https://evil.test","<b>carl</b>")`)
  })

  it('writes JSONL with instants in UTC', async () => {
    const { stdout } = await report('active', '--format', 'jsonl')
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      request: reference,
      activeSince: '2026-11-22T09:00:00.000Z',
    })
  })

  it('writes the page for a board, which needs nothing else', async () => {
    const path = join(folder, 'board.html')
    const range = ['--from', '2026-11-01', '--to', '2026-11-30']
    const { stdout, code } = await report('board', ...range, '--out', path)
    expect([code, stdout]).toEqual([0, `The report is in ${path}.\n`])
    const page = readFileSync(path, 'utf8')
    expect(page).toContain('from 2026-11-01 00:00:00 UTC, to 2026-12-01 00:00:00 UTC')
    expect(page.match(/<figure>/g)).toHaveLength(3)
    expect(page).toContain('<dt>Requests</dt><dd><strong>1</strong>')
    const { stdout: lines } = await report('board', ...range, '--format', 'jsonl')
    expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({ figure: 'Requests', value: 1 })
  })

  it('writes a page to a file that only this user may read', async () => {
    const path = join(folder, 'active.html')
    const { stdout } = await report('active', '--format', 'html', '--out', path)
    expect(stdout).toBe(`The report is in ${path}.\n`)
    const page = readFileSync(path, 'utf8')
    expect(page).toContain('<h1>Access that is active now</h1>')
    expect(page).toContain('&lt;b&gt;carl&lt;/b&gt;')
    expect(page).not.toContain('<b>carl')
    expect(page).toMatch(/1 row\. Made by Daypass/)
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it.each([
    [['held-on'], /--on: The report held-on needs a day/],
    [['activ'], /There is no report `activ`. Did you mean active/],
    [['active', '--format', 'pdf'], /--format needs one of csv, jsonl, html/],
    [['active', '--zone', 'Nowhere'], /--zone needs an IANA time zone/],
    [['approver', '--from', '2026-13-01'], /--from: `2026-13-01` is no day/],
    [['active', '--out', '/nowhere/at/all'], /\/nowhere\/at\/all cannot be written \(ENOENT\)/],
  ])('%o says what is wrong, and ends with 1', async (args, message) => {
    const { stderr, code } = await report(...args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/ at .*\.ts/)
    expect(code).toBe(1)
  })

  it('each report is on record, with who asked on the machine', async () => {
    const { stdout } = await report('questions', '--format', 'jsonl')
    const [first] = stdout.trim().split('\n')
    const { by, event, question } = JSON.parse(first ?? '')
    expect([by, event]).toEqual(['command line', 'audit reported'])
    expect(JSON.parse(question)).toMatchObject({ report: 'questions', format: 'jsonl' })
    expect(JSON.parse(question).on_the_machine).toBeTruthy()
  })
})
