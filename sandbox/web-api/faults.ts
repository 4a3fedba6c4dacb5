import type { Fault } from '../types.ts'

/** Faults waiting for the calls that they are to hit. */
export class Faults {
  private waiting: (Fault & { left: number })[] = []

  add(fault: Fault): void {
    this.waiting.push({ ...fault, left: fault.times ?? 1 })
  }

  clear(): void {
    this.waiting = []
  }

  /** The fault that hits this call, used up by one. */
  take(method: string): Fault | undefined {
    const fault = this.waiting.find((f) => f.left > 0 && (f.method === method || f.method === '*'))
    if (fault) fault.left -= 1
    return fault
  }
}
