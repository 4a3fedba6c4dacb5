import { startPostgres18 } from '../_postgres.ts'
import { describeAttacks } from './_rules.ts'

describeAttacks('holders who resist, on Postgres 18', startPostgres18)
