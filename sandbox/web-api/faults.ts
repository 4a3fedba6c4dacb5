import type { Fault } from '../types.ts'

/** The faults that are set and wait for a matching call. */
export class Faults {
  private waiting: (Fault & { left: number })[] = []

  add(fault: Fault): void {
    this.waiting.push({ ...fault, left: fault.times ?? 1 })
  }

  clear(): void {
    this.waiting = []
  }

  /** Takes the fault for this call, and counts it as used once. */
  take(method: string): Fault | undefined {
    const fault = this.waiting.find((f) => f.left > 0 && (f.method === method || f.method === '*'))
    if (fault) fault.left -= 1
    return fault
  }
}
