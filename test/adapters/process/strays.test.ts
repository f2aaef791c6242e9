import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Cgroups } from '../../../src/adapters/process/cgroup/cgroups.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { type Ground, ground, isAlive, killAll, until } from './setup.ts'

const hasCgroups = Cgroups.find(fakeLogger()) !== null

/** A double fork into a session of its own, without environment, standard files or parents, deaf to TERM. */
const daemonize =
  '(setsid env -i /bin/sh -c \'trap "" TERM; exec >/dev/null 2>&1 </dev/null; while :; do /bin/sleep 1000; done\' &)'

describe.each([
  ['by /proc alone', 'off', true],
  ['in cgroups (needs a writable cgroup2 of our own)', 'auto', hasCgroups],
] as const)('%s', (_name, cgroups, isPossible) => {
  let on: Ground
  beforeEach(async () => {
    on = await ground(cgroups)
  })
  afterEach(() => on.dispose())

  test.skipIf(!isPossible)(
    'what cleared its environment and lost its family is found and ended',
    async () => {
      const { identity, exited } = await on.start(['sh', '-c', `${daemonize}; ${daemonize}; exit 4`])
      expect(await exited).toMatchObject({ code: 4 })
      await until(async () => (await on.host.tree(identity)).length === 4)
      const tree = await on.host.tree(identity)
      expect(tree).not.toContain(identity.pid)
      // The next daemon finds them too.
      expect(new Set(await on.another().tree(identity))).toEqual(new Set(tree))
      expect((await on.host.find(identity.mark))?.mark).toBe(identity.mark)
      await killAll(on.host, identity)
      expect(tree.filter(isAlive)).toEqual([])
    },
  )

  test.skipIf(!isPossible)('a tree that forks as fast as it can is ended', async () => {
    const { identity } = await on.start(['sh', '-c', 'while :; do /bin/sleep 1000 & /bin/true; done'])
    await until(async () => (await on.host.tree(identity)).length > 20)
    await killAll(on.host, identity)
    expect(await on.host.tree(identity)).toEqual([])
  })
})
