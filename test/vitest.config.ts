import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { whyNotTested } from './binary/executable.ts'
import { LongestFirst } from './longest-first.ts'

/** One more than two cores: most of what the tests do is to wait for others. Vitest itself would leave one of two alone. */
const maxWorkers = Math.max(3, availableParallelism() - 1)
/** Of those that want the machine to themselves. */
const maxWorkersAlone = Math.max(2, availableParallelism() - 1)

/**
 * One project a kind of test, so that each has its own budget: `npm test -- --project unit`. The timeouts are for hung tests,
 * not for slow machines: a busy one may take five times as long as a quiet one.
 */
const project = (name: string, include: string[], more: object = {}) => ({
  test: {
    name,
    include,
    pool: 'forks' as const,
    maxWorkers,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...more,
  },
})

const database = {
  globalSetup: ['test/support/global-postgres.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
}

/** The packaged executable, where `npm run package` has made one. */
const binary = () => {
  const why = whyNotTested()
  if (why !== null) {
    process.stderr.write(`the project binary is left out: ${why}; npm run package makes it\n`)
    return []
  }
  return [
    project('binary', ['test/binary/**/*.test.ts', 'test/acceptance/{demo,before-start,bad-input}.test.ts'], {
      ...database,
      globalSetup: [...database.globalSetup, 'test/binary/setup.ts'],
      setupFiles: ['test/binary/use-binary.ts'],
      testTimeout: 120_000,
    }),
  ]
}

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', [
        'test/{architecture,main,domain,expressions,config,contract,cli,ports,system,supervisor,gateway,bus,worker,demo,daemon,api,client,text,tui}/**/*.test.ts',
        'test/docs/*.test.ts',
        'test/tui/**/*.test.tsx',
      ]),
      project('adapters', ['test/adapters/**/*.test.ts'], database),
      // After the others: whole fleets, and their leases, want the machine to themselves.
      project('chaos', ['test/chaos/**/*.test.ts'], {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        maxWorkers: maxWorkersAlone,
        sequence: { groupOrder: 1 },
      }),
      project('acceptance', ['test/acceptance/**/*.test.ts', 'test/docs/live/*.test.ts'], {
        ...database,
        testTimeout: 120_000,
      }),
      // Whole machines, each with a systemd of its own that has the tests' daemons on its clock; they wait most of the time. After the
      // others, which look at this machine's processes for old fleets and see theirs among them.
      project('systemd', ['test/systemd/**/*.test.ts'], {
        testTimeout: 120_000,
        hookTimeout: 180_000,
        sequence: { groupOrder: 2 },
      }),
      ...binary(),
    ],
  },
})
