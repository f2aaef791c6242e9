import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReadinessProbe } from '../../src/ports/readiness-probe.ts'

/** A world in which ports open and logs grow. */
export interface ProbeGround {
  probe: ReadinessProbe
  /** A port that is closed until `open` is called with it. */
  port: number
  open(): Promise<void>
  /** A log that is not there until it is written to. */
  file: string
  write(text: string): Promise<void>
  dispose(): Promise<void>
}

const host = '127.0.0.1'

/** What every probe promises. */
export function readinessProbeContract(name: string, make: () => Promise<ProbeGround>): void {
  describe(`readiness probe contract: ${name}`, () => {
    let on: ProbeGround
    let ended: AbortController
    beforeEach(async () => {
      on = await make()
      ended = new AbortController()
    })
    afterEach(async () => {
      ended.abort()
      await on.dispose()
    })

    const follow = (pattern: string, fromOffset = 0) =>
      on.probe.awaitLine({ file: on.file, fromOffset, pattern }, ended.signal)

    it('tells a closed port from an open one', async () => {
      expect(await on.probe.connect({ host, port: on.port }, 1000, ended.signal)).toBe('connection refused')
      await on.open()
      expect(await on.probe.connect({ host, port: on.port }, 1000, ended.signal)).toBeNull()
    })

    it('answers an aborted try without a failure', async () => {
      ended.abort()
      expect(await on.probe.connect({ host, port: on.port }, 1000, ended.signal)).toBe('not asked any more')
      expect(await follow('x')).toBe('not asked any more')
    })

    it('knows where a log ends', async () => {
      expect(await on.probe.logEnd(on.file)).toBe(0)
      await on.write('one\ntwo\n')
      expect(await on.probe.logEnd(on.file)).toBe(8)
    })

    it('finds a line that is there already, and one that comes later', async () => {
      await on.write('listening on 80\n')
      expect(await follow(String.raw`^listening on \d+$`)).toBeNull()
      const later = follow('ready')
      await on.write('nothing\n')
      await on.write('now ready\n')
      expect(await later).toBeNull()
    })

    it('takes no line of an earlier life', async () => {
      await on.write('ready\n')
      let isSettled = false
      const found = follow('ready', await on.probe.logEnd(on.file)).then((answer) => {
        isSettled = true
        return answer
      })
      await on.write('not yet\n')
      expect(isSettled).toBe(false)
      await on.write('ready\n')
      expect(await found).toBeNull()
    })

    it('stops following when told', async () => {
      const found = follow('never')
      await on.write('something\n')
      ended.abort()
      expect(await found).toBe('not asked any more')
    })
  })
}
