import { type TestSpecification, BaseSequencer } from 'vitest/node'

/** What takes longest of its group: begun last, it would go on alone while the other cores have nothing left to do. */
const longest = [
  'test/chaos/chaos.test.ts',
  'test/chaos/supervision/daemon-kills.test.ts',
  'test/chaos/mutants.test.ts',
  'test/systemd/standard.test.ts',
  'test/systemd/hardened.test.ts',
  'test/acceptance/backup.test.ts',
  'test/acceptance/demo.test.ts',
  'test/acceptance/top.test.ts',
]

/** Vitest takes the largest files first, and those that took longest once it has run them here, which on a new checkout it never has. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => groupOf(one) - groupOf(other) || placeOf(one) - placeOf(other))
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder
}

function placeOf({ moduleId }: TestSpecification): number {
  const at = longest.findIndex((name) => moduleId.endsWith(name))
  return at === -1 ? longest.length : at
}
