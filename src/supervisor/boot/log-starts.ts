import type { WorkerDefinition } from '../../config/policy.ts'
import type { ProcessHost } from '../../ports/process-host.ts'
import type { ReadinessProbe } from '../../ports/readiness-probe.ts'

/**
 * Where the log of each process begins: what an earlier process wrote tells nothing of this one's readiness. Known before the
 * process is, for afterwards its first lines could not be told from the last ones of its predecessor.
 */
export class LogStarts {
  readonly #host: ProcessHost
  readonly #probe: ReadinessProbe
  readonly #offsets = new Map<string, number>()

  constructor(deps: { host: ProcessHost; probe: ReadinessProbe }) {
    this.#host = deps.host
    this.#probe = deps.probe
  }

  /** In bytes; null for an adopted process, whose start nobody here saw. */
  of(instanceId: string): number | null {
    return this.#offsets.get(instanceId) ?? null
  }

  forget(instanceId: string): void {
    this.#offsets.delete(instanceId)
  }

  /** The host, which looks at the log before each spawn of a worker that shows its readiness there. */
  hostFor(definition: () => WorkerDefinition): ProcessHost {
    const host = this.#host
    return {
      adopt: (identity) => host.adopt(identity),
      find: (mark) => host.find(mark),
      signalMain: (identity, signal) => host.signalMain(identity, signal),
      signalTree: (identity, signal) => host.signalTree(identity, signal),
      tree: (identity) => host.tree(identity),
      usage: (identity) => host.usage(identity),
      forgetExit: (mark) => host.forgetExit(mark),
      spawn: async (spec) => {
        if (definition().ready.kind === 'log')
          this.#offsets.set(spec.mark, await this.#probe.logEnd(spec.logFile))
        return host.spawn(spec)
      },
    }
  }
}
