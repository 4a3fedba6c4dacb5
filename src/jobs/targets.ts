/** How many groups may run at one target at once. */
const slots = 2
/** After no answer, a target is left alone for 1, 2, 4, 8, then 10 seconds before the next probe. */
const longestRestMs = 10_000

/** The state of the target after a group. `unknown`: the outcome says nothing about it. */
export type TargetAnswer = 'answered' | 'unreachable' | 'unknown'

/** Keeps targets apart: each has its own slots and its own backoff, so that a dead one delays no other. */
export interface Targets {
  /** The targets at which no group may start now. */
  busy(): string[]
  /** Takes a slot. `probing`: it did not answer last time, so one operation is enough to find out. */
  begin(target: string): { probing: boolean }
  /** Gives the slot back. */
  end(target: string, answer: TargetAnswer): void
  /** Clears all timers. */
  stop(): void
}

interface State {
  groups: number
  failures: number
  rest: NodeJS.Timeout | null
}

/** `onFree` is called when a group may start at a target again. */
export function createTargets(onFree: () => void): Targets {
  const states = new Map<string, State>()
  const stateOf = (target: string) => {
    const known = states.get(target)
    if (known) return known
    const state: State = { groups: 0, failures: 0, rest: null }
    states.set(target, state)
    return state
  }
  const isBusy = ({ groups, failures, rest }: State) => rest !== null || groups >= (failures > 0 ? 1 : slots)
  const restNow = (state: State) => {
    const ms = Math.min(longestRestMs, 500 * 2 ** Math.min(state.failures, 10))
    state.rest = setTimeout(() => {
      state.rest = null
      onFree()
    }, ms)
    state.rest.unref()
  }
  return {
    busy: () => [...states].filter(([, state]) => isBusy(state)).map(([target]) => target),
    begin(target) {
      const state = stateOf(target)
      state.groups += 1
      return { probing: state.failures > 0 }
    },
    end(target, answer) {
      const state = stateOf(target)
      state.groups -= 1
      if (answer === 'answered') state.failures = 0
      if (answer === 'unreachable') {
        state.failures += 1
        if (!state.rest) restNow(state)
      }
      if (state.groups === 0 && state.failures === 0 && !state.rest) states.delete(target)
      if (!isBusy(state)) onFree()
    },
    stop() {
      for (const { rest } of states.values()) if (rest) clearTimeout(rest)
    },
  }
}
