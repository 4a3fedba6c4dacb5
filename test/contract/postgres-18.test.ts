import { startPostgres18 } from '../_postgres.ts'
import { describePostgresConnector } from './postgres-connector-rules.ts'

describePostgresConnector('Postgres 18', startPostgres18)
