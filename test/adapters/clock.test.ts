import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as realSleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { clockContract } from '../contract-suites/clock.ts'

// The one place where time itself is under test, and real time has to pass.
clockContract('system', () => ({ clock: systemClock(), pass: (ms) => realSleep(ms) }))

describe('system clock', () => {
  it('does not fire a wait at once that is longer than setTimeout can count', async () => {
    const clock = systemClock()
    let calls = 0
    const timer = clock.after(2 ** 31 + 10, () => (calls += 1))
    await realSleep(20)
    timer.cancel()
    expect(calls).toBe(0)
  })

  it('keeps no process alive for a background timer', async () => {
    const clockFile = new URL('../../src/adapters/clock.ts', import.meta.url).href
    const script = `import { systemClock } from '${clockFile}'; systemClock().after(3_600_000, () => {}, { background: true })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
