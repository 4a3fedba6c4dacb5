/** Why a lease with a planned start cannot begin any more. */
export const plannedTimeOver = {
  code: 'planned_time_over',
  message: 'The planned time was over before the access could be given.',
}
