import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Enclosure } from '../../../src/adapters/process/cgroup/enclosure.ts'
import { ProcessTable } from '../../../src/adapters/process/process-table.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { Cgroups } from '../../../src/adapters/process/cgroup/cgroups.ts'
import { handOn } from '../../../src/adapters/process/cgroup/controllers.ts'
import { findOwnCgroup } from '../../../src/adapters/process/cgroup/own-cgroup.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { type Ground, ground, isAlive, until } from './setup.ts'

const own = findOwnCgroup()
const folderOf = (mark: string): string => join(own?.path ?? '', `jrctl-${mark}`)
const cgroupOf = (pid: number): string =>
  /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? ''

describe.skipIf(own === null)('cgroups (needs a writable cgroup2 of our own)', () => {
  let on: Ground
  beforeEach(async () => {
    on = await ground('auto')
  })
  afterEach(() => on.dispose())

  test('the command runs in one of its own, its shim stays outside, and none is left behind', async () => {
    const { identity, exited } = await on.start(['sleep', '1000'])
    const mainPid = async () => (await on.host.usage(identity))?.mainPid ?? process.pid
    await until(async () => cgroupOf(await mainPid()).endsWith(`/jrctl-${identity.mark}`))
    const usage = await on.host.usage(identity)
    expect(cgroupOf(identity.pid)).toBe(cgroupOf(process.pid))
    expect(usage?.processes).toBe(2)
    await on.host.signalTree(identity, 'SIGKILL')
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL', source: 'wait' })
    await until(async () => (await on.host.tree(identity)).length === 0)
    expect(existsSync(folderOf(identity.mark))).toBe(false)
  })

  test('a running tree is brought in; what left it with the help of others is ended after it', async () => {
    const started = await ground('off')
    try {
      const cgroups = new Cgroups(own ?? { path: '', mayHandOn: false }, fakeLogger())
      const [clock, logger, table] = [fakeClock(), fakeLogger(), new ProcessTable()]
      const enclosure = new Enclosure({ cgroups, clock, logger, look: () => table.scan() })
      const { identity } = await started.start(['sh', '-c', 'sleep 1000 & sleep 1000 & wait'])
      await until(async () => (await started.host.tree(identity)).length === 4)
      await cgroups.make(identity.mark, undefined)
      enclosure.add(identity, false)
      await until(async () => {
        await clock.advance(1000)
        return enclosure.isSealed(identity.mark)
      })
      const inside = cgroups.pids(identity.mark)
      expect(new Set([...inside, identity.pid])).toEqual(new Set(await started.host.tree(identity)))
      const main = (await started.host.usage(identity))?.mainPid
      const leaver = inside.find((pid) => pid !== main) ?? 0
      writeFileSync(join(own?.path ?? '', 'cgroup.procs'), String(leaver))
      cgroups.kill(identity.mark)
      await until(async () => await cgroups.remove(identity.mark))
      enclosure.ended(identity, false)
      await clock.advance(1000)
      await until(() => !isAlive(leaver))
      expect(logger.lines.map((line) => line.message)).toEqual([
        expect.stringMatching(new RegExp(`^ended what had left its worker's cgroup: pid .*${leaver}`)),
      ])
      expect(clock.pending).toBe(0)
    } finally {
      await started.dispose()
    }
  })

  test('a start that failed leaves none either', async () => {
    const mark = systemRandom().hex(16)
    await expect(on.start(['true', 'x'.repeat(3_000_000)], { mark })).rejects.toMatchObject({
      code: 'process.spawn',
    })
    expect(existsSync(folderOf(mark))).toBe(false)
  })

  test('one that went to another cgroup is found and ended all the same', async () => {
    const { identity } = await on.start(['sh', '-c', 'sleep 1000 & sleep 1000 & wait'])
    await until(async () => (await on.host.tree(identity)).length === 4)
    const tree = await on.host.tree(identity)
    const gone = tree.find((pid) => pid !== identity.pid) ?? 0
    writeFileSync(join(own?.path ?? '', 'cgroup.procs'), String(gone))
    await until(async () => {
      await on.host.signalTree(identity, 'SIGKILL')
      return (await on.host.tree(identity)).length === 0
    })
    expect(tree.filter(isAlive)).toEqual([])
  })

  test('cgroups that the worker made below its own go with it', async () => {
    const { identity } = await on.start(['sleep', '1000'])
    await until(async () => (await on.host.tree(identity)).length === 2)
    const inner = join(folderOf(identity.mark), 'inner', 'most')
    mkdirSync(inner, { recursive: true })
    const main = (await on.host.usage(identity))?.mainPid ?? 0
    writeFileSync(join(inner, 'cgroup.procs'), String(main))
    expect(new Set(await on.host.tree(identity))).toEqual(new Set([identity.pid, main]))
    await until(async () => {
      await on.host.signalTree(identity, 'SIGKILL')
      return (await on.host.tree(identity)).length === 0
    })
    expect(existsSync(folderOf(identity.mark))).toBe(false)
  })

  test('what an earlier daemon left empty is swept when it is old, never what is in use', async () => {
    const path = join(own?.path ?? '', `jrctl-test-${systemRandom().hex(4)}`)
    mkdirSync(path)
    const cgroups = new Cgroups({ path, mayHandOn: false }, fakeLogger())
    const [used, left] = [systemRandom().hex(16), systemRandom().hex(16)]
    const inside = spawn('sleep', ['1000'], { stdio: 'ignore' })
    try {
      for (const mark of [used, left]) await cgroups.make(mark, undefined)
      await cgroups.enter(used, inside.pid ?? 0)
      const nowMs = Date.now()
      await cgroups.sweep(nowMs, 3_600_000)
      expect(readdirSync(path).filter((name) => name.startsWith('jrctl-')).length).toBe(2)
      await cgroups.sweep(nowMs + 7_200_000, 3_600_000)
      expect(readdirSync(path).filter((name) => name.startsWith('jrctl-'))).toEqual([`jrctl-${used}`])
    } finally {
      inside.kill('SIGKILL')
      await once(inside, 'exit')
      for (const mark of [used, left]) await cgroups.remove(mark)
      rmdirSync(path)
    }
  })
})

/** The one controller that a machine with the others in version 1 still has in version 2; it has the same rules. */
const spare = 'hugetlb'
const offered = own === null ? '' : readFileSync(join(own.path, 'cgroup.controllers'), 'utf8')

describe.skipIf(own === null || !offered.split(/\s/).includes(spare))(
  `handing on controllers (needs a cgroup2 with the controller ${spare})`,
  () => {
    let path: string
    let inside: ChildProcess
    beforeEach(() => {
      writeFileSync(join(own?.path ?? '', 'cgroup.subtree_control'), `+${spare}`)
      path = join(own?.path ?? '', `jrctl-test-${systemRandom().hex(4)}`)
      mkdirSync(path)
      inside = spawn('sleep', ['1000'], { stdio: 'ignore' })
      writeFileSync(join(path, 'cgroup.procs'), String(inside.pid))
    })
    afterEach(async () => {
      inside.kill('SIGKILL')
      await once(inside, 'exit')
      for (const folder of [join(path, 'jrctl-daemon'), path]) if (existsSync(folder)) rmdirSync(folder)
    })

    test('moves what is ours to a leaf, for a cgroup that hands on may hold no process', () => {
      expect(handOn({ path, mayHandOn: true }, [spare])).toEqual({ works: new Set([spare]), problem: null })
      expect(cgroupOf(inside.pid ?? 0)).toMatch(/\/jrctl-daemon$/)
      const again = handOn({ path, mayHandOn: true }, [spare, 'memory'])
      expect(again).toEqual({ works: new Set([spare]), problem: null })
    })

    test('does nothing where systemd puts the processes of the service, and names what the unit lacks', () => {
      const { works, problem } = handOn({ path, mayHandOn: false }, [spare])
      expect(works).toEqual(new Set())
      expect(problem).toContain('DelegateSubgroup=jrctl-daemon')
    })

    test('leaves what is not ours, and says that the kernel then bounds nothing', async () => {
      const stranger = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const [line] = (await once(stranger.stdout, 'data')) as [Buffer]
      const pid = Number(line.toString())
      writeFileSync(join(path, 'cgroup.procs'), String(pid))
      try {
        const { works, problem } = handOn({ path, mayHandOn: true }, [spare])
        expect(works).toEqual(new Set())
        expect(problem).toContain(`the kernel does not bound ${spare} below ${path}`)
        expect(cgroupOf(pid)).not.toMatch(/jrctl-daemon$/)
      } finally {
        process.kill(pid, 'SIGKILL')
        stranger.kill('SIGKILL')
        await once(stranger, 'exit')
        await until(() =>
          readFileSync(join(path, 'cgroup.procs'), 'utf8')
            .split('\n')
            .every((one) => one !== String(pid)),
        )
      }
    })
  },
)
