import type { ProcEntry } from './proc.ts'

/** All processes of one look, found by what a tree is made of. Indexed once: 200 trees are cut out of one look. */
export class ProcessSnapshot {
  readonly #byPid = new Map<number, ProcEntry>()
  readonly #byMark = new Map<string, ProcEntry[]>()
  readonly #byDye = new Map<number, ProcEntry[]>()
  readonly #bySession = new Map<number, ProcEntry[]>()
  readonly #byParent = new Map<number, ProcEntry[]>()

  constructor(entries: readonly ProcEntry[]) {
    for (const entry of entries) {
      this.#byPid.set(entry.pid, entry)
      put(this.#bySession, entry.session, entry)
      put(this.#byParent, entry.ppid, entry)
      if (entry.mark !== null) put(this.#byMark, entry.mark, entry)
      if (entry.dye !== null) put(this.#byDye, entry.dye, entry)
    }
  }

  at(pid: number): ProcEntry | undefined {
    return this.#byPid.get(pid)
  }

  marked(mark: string): readonly ProcEntry[] {
    return this.#byMark.get(mark) ?? []
  }

  dyed(dye: number): readonly ProcEntry[] {
    return this.#byDye.get(dye) ?? []
  }

  session(leaderPid: number): readonly ProcEntry[] {
    return this.#bySession.get(leaderPid) ?? []
  }

  childrenOf(pid: number): readonly ProcEntry[] {
    return this.#byParent.get(pid) ?? []
  }
}

function put<Key>(index: Map<Key, ProcEntry[]>, key: Key, entry: ProcEntry): void {
  const others = index.get(key)
  if (others === undefined) index.set(key, [entry])
  else others.push(entry)
}
