import type { Supervisor } from '../supervisor/supervisor.ts'
import type { Shedder } from './memory-watch.ts'

/** A supervisor that cannot take workers out leaves all as it is: the rules then only warn. */
export function shedderOf(supervisor: () => Supervisor & Partial<Shedder>): Shedder {
  return {
    views: () => supervisor().views(),
    shed: async (name, reason) => supervisor().shed?.(name, reason),
    letBack: async (name) => supervisor().letBack?.(name),
  }
}
