import { afterEach, describe, expect, it } from 'vitest'
import type { HostedProcess, ProcessHost } from '../../src/ports/process-host.ts'

/** What a program of the test does; the harness knows a command that does it. */
export type Behaviour =
  | { kind: 'exits'; code: number }
  | { kind: 'runs' }
  | { kind: 'ignoresTerm' }
  /** Runs, with so many descendants that left its session. */
  | { kind: 'strays'; count: number }
  | { kind: 'missing' }

export interface ProcessHostUnderTest {
  host: ProcessHost
  /** Starts a program under a fresh mark; settles when it does what it is to do. */
  spawn: (behaviour: Behaviour) => Promise<HostedProcess>
  /** Another host on the same machine, as the next daemon makes it. */
  another: () => ProcessHost
  /** Settles when the fact is one; fails after some seconds. */
  until: (fact: () => boolean | Promise<boolean>) => Promise<void>
  dispose: () => Promise<void>
}

/** What every process host promises. */
export function processHostContract(name: string, make: () => Promise<ProcessHostUnderTest>): void {
  describe(`process host contract: ${name}`, () => {
    let current: ProcessHostUnderTest | undefined
    const open = async (): Promise<ProcessHostUnderTest> => {
      current = await make()
      return current
    }
    afterEach(() => current?.dispose())

    it.each([0, 1, 7, 75, 127])('tells the exit code %i', async (code) => {
      const { spawn } = await open()
      expect(await (await spawn({ kind: 'exits', code })).exited).toEqual({
        code,
        signal: null,
        source: 'wait',
      })
    })

    it.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGUSR1'] as const)('tells the death by %s', async (signal) => {
      const { host, spawn } = await open()
      const { identity, exited } = await spawn({ kind: 'runs' })
      expect(await host.signalMain(identity, signal)).toBe(true)
      expect(await exited).toEqual({ code: null, signal, source: 'wait' })
    })

    it('refuses a missing program by its code', async () => {
      const { spawn } = await open()
      await expect(spawn({ kind: 'missing' })).rejects.toMatchObject({
        name: 'OperationalError',
        code: 'process.missing',
      })
    })

    it('tells command and tree apart: the command alone is asked, what ignores it lives on', async () => {
      const { host, spawn, until } = await open()
      const { identity, exited } = await spawn({ kind: 'strays', count: 2 })
      expect((await host.tree(identity)).length).toBe(4)
      await host.signalMain(identity, 'SIGTERM')
      await exited
      await until(async () => (await host.tree(identity)).length === 2)
      expect(await host.signalMain(identity, 'SIGTERM')).toBe(false)
      expect(await host.signalTree(identity, 'SIGTERM')).toBe(2)
      await until(async () => (await host.tree(identity)).length === 0)
      expect(await host.signalTree(identity, 'SIGKILL')).toBe(0)
    })

    it('kills a whole tree that does not listen, and still learns how the command ended', async () => {
      const { host, spawn, until } = await open()
      const { identity, exited } = await spawn({ kind: 'ignoresTerm' })
      await host.signalTree(identity, 'SIGTERM')
      expect((await host.tree(identity)).length).toBeGreaterThanOrEqual(2)
      await until(async () => {
        await host.signalTree(identity, 'SIGKILL')
        return (await host.tree(identity)).length === 0
      })
      expect(await exited).toEqual({ code: null, signal: 'SIGKILL', source: 'wait' })
    })

    it('measures the tree and names the command', async () => {
      const { host, spawn } = await open()
      const { identity } = await spawn({ kind: 'runs' })
      const usage = await host.usage(identity)
      expect(usage).toMatchObject({ processes: 2 })
      expect(usage?.rssBytes).toBeGreaterThan(100_000)
      expect(await host.tree(identity)).toContain(usage?.mainPid)
      expect(usage?.mainPid).not.toBe(identity.pid)
    })

    it('finds a tree by its mark alone, and none by another', async () => {
      const { host, spawn } = await open()
      const { identity } = await spawn({ kind: 'runs' })
      expect(await host.find(identity.mark)).toEqual(identity)
      expect(await host.find('0123456789abcdef')).toBeNull()
    })

    it('hands a living process to the next daemon, which hears its end', async () => {
      const { spawn, another } = await open()
      const { identity } = await spawn({ kind: 'runs' })
      const next = another()
      const adoption = await next.adopt(identity)
      expect(adoption.kind).toBe('alive')
      if (adoption.kind !== 'alive') return
      expect(adoption.process.identity).toEqual(identity)
      await next.signalMain(identity, 'SIGTERM')
      await adoption.process.exited
      expect(await next.adopt(identity)).toMatchObject({ kind: 'ended' })
      expect(await next.usage(identity)).toBeNull()
    })

    it('tells how it ended again and again, until that is forgotten', async () => {
      const { host, spawn, another } = await open()
      const { identity, exited } = await spawn({ kind: 'exits', code: 5 })
      await exited
      const ended = { kind: 'ended', exit: { code: 5, signal: null, source: 'file' } }
      for (const daemon of [another(), another()]) expect(await daemon.adopt(identity)).toEqual(ended)
      await host.forgetExit(identity.mark)
      await host.forgetExit(identity.mark)
      expect(await another().adopt(identity)).toMatchObject({ kind: 'ended', exit: { source: 'unknown' } })
    })

    it.each([
      ['start time', { startTime: 1 }],
      ['boot', { bootId: 'another-boot' }],
      ['mark', { mark: 'somebody-elses-mark' }],
    ])('touches nothing when the %s is not the proven one', async (_what, lie) => {
      const { host, spawn } = await open()
      const { identity } = await spawn({ kind: 'runs' })
      // A wrong pid or start time leaves the mark as proof of the tree; the pid itself proves nothing then.
      const wrong = { ...identity, ...lie }
      expect(await host.adopt(wrong)).toMatchObject({ kind: 'ended', exit: { source: 'unknown' } })
      expect(await host.signalMain(wrong, 'SIGKILL')).toBe(false)
      if (!('startTime' in lie)) {
        expect(await host.signalTree(wrong, 'SIGKILL')).toBe(0)
        expect(await host.tree(wrong)).toEqual([])
        expect(await host.usage(wrong)).toBeNull()
      }
      expect((await host.tree(identity)).length).toBe(2)
    })
  })
}
