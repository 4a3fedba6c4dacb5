import { prepareDatabase } from '../app/data.ts'
import { readFiles } from '../config.ts'
import { print } from './print.ts'

/** `daypass migrate`: brings the database up to date. */
export async function migrate(): Promise<void> {
  const { release } = await prepareDatabase(readFiles())
  await release()
  print('The database is up to date.')
}
