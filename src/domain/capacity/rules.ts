import type { CapacityRates } from './shares.ts'

/** By what capacity is divided (the configuration's `[capacity]`, and what else bounds it). May change at any time. */
export interface CapacityRules extends CapacityRates {
  readonly mode: 'lend' | 'strict'
  /** D: grants that may be under way at once, of all holders together. */
  readonly inFlight: number
  /**
   * What one call costs at most, units, and how deep the one bucket of mode `lend` may be in debt: whatever a worker asks for,
   * and whatever an upstream claims, all others wait no longer than it takes to pay that off.
   */
  readonly costMax: number
  /**
   * Over how many nodes those are spread who show no key, this one included; 0: they are refused. On each node they stand
   * in the tail as one task does.
   */
  readonly untracked: number
  /** Wishes that may wait: of one holder, and in all. */
  readonly waitingPerHolderMax: number
  readonly waitingMax: number
}
