import { startPostgres18 } from '../_postgres.ts'
import { describePostgresActivity } from './postgres-activity.ts'

describePostgresActivity(startPostgres18)
