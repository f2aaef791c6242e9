/** What a run did: how many of each fault, and at which named points processes died. */
export interface Tally {
  /** One more of that kind. */
  fault(kind: string): void
  point(name: string): void
  note(name: string, count?: number): void
  faults(): number
  points(): ReadonlyMap<string, number>
  table(): string
}

export function createTally(): Tally {
  const sections = {
    faults: new Map<string, number>(),
    points: new Map<string, number>(),
    notes: new Map<string, number>(),
  }
  const add = (to: Map<string, number>, name: string, count = 1): void => {
    to.set(name, (to.get(name) ?? 0) + count)
  }
  return {
    fault: (kind) => add(sections.faults, kind),
    point(name) {
      add(sections.points, name)
      add(sections.faults, `killed at a named point: ${name.split(':')[0]}`)
    },
    note: (name, count) => add(sections.notes, name, count),
    faults: () => sum(sections.faults),
    points: () => sections.points,
    table: () =>
      [
        ...lines(`${sum(sections.faults)} faults`, sections.faults),
        ...lines(`${sections.points.size} named points hit`, sections.points),
        ...lines('what came of it', sections.notes),
      ].join('\n'),
  }
}

function sum(of: ReadonlyMap<string, number>): number {
  return [...of.values()].reduce((total, count) => total + count, 0)
}

function lines(heading: string, of: ReadonlyMap<string, number>): string[] {
  const sorted = [...of].sort(([a], [b]) => (a < b ? -1 : 1))
  return [heading, ...sorted.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)]
}
