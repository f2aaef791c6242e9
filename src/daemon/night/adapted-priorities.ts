import type { NightlyPolicy, WorkerDefinition } from '../../config/policy.ts'
import type { Priority, PriorityProposal } from '../../domain/score-priorities.ts'
import type { Json } from '../../domain/task.ts'
import type { StateStore } from '../../ports/state-store.ts'

const key = 'priorities.adapted'

interface Adapted {
  /** What the configuration said when it was adapted: who changes that has the last word. */
  configured: Priority
  priority: Priority
}

/**
 * Priorities that the nights changed, kept in the local state. One is in force as long as the configuration says
 * `adaptive_priorities = "apply"` and the priority that it was made from; so writing another priority, or "propose", undoes it.
 */
export interface AdaptedPriorities {
  /** The priority in force where it is not the configured one. */
  of(name: string): Priority | null
  adapt(proposals: readonly PriorityProposal[], configured: readonly WorkerDefinition[]): void
  /** The definitions with the priorities in force. */
  onto(definitions: readonly WorkerDefinition[]): WorkerDefinition[]
}

export function createAdaptedPriorities(deps: {
  store: StateStore
  policy: NightlyPolicy
}): AdaptedPriorities {
  const { store, policy } = deps
  const adapted = new Map<string, Adapted>(
    policy.adaptivePriorities === 'apply'
      ? Object.entries((store.get(key) ?? {}) as unknown as Record<string, Adapted>)
      : [],
  )

  return {
    of: (name) => adapted.get(name)?.priority ?? null,
    adapt(proposals, configured) {
      const known = new Map(configured.map(({ name, priority }) => [name, priority]))
      for (const { name, to } of proposals) {
        const priority = known.get(name)
        if (priority === undefined || priority === to) adapted.delete(name)
        else adapted.set(name, { configured: priority, priority: to })
      }
      for (const name of adapted.keys()) if (!known.has(name)) adapted.delete(name)
      store.put(key, Object.fromEntries(adapted) as unknown as Json)
    },
    onto: (definitions) =>
      definitions.map((definition) => {
        const one = adapted.get(definition.name)
        if (one === undefined) return definition
        if (one.configured === definition.priority) return { ...definition, priority: one.priority }
        adapted.delete(definition.name)
        return definition
      }),
  }
}
