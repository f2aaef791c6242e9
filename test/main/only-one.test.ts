import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { onlyOne } from '../../src/main/only-one.ts'

const clock = systemClock()
const name = `a test of pid ${process.pid}`
const patient = { patienceMs: 20_000, clock }

/** Another process that holds the lock until it is killed. */
async function holder(): Promise<ReturnType<typeof spawn>> {
  const path = (file: string): string =>
    JSON.stringify(new URL(`../../src/${file}`, import.meta.url).pathname)
  const script = `
    const { onlyOne } = await import(${path('main/only-one.ts')})
    const { systemClock } = await import(${path('adapters/clock.ts')})
    await onlyOne(${JSON.stringify(name)}, { patienceMs: 0, clock: systemClock() }, () => {
      console.log('held')
      return new Promise(() => setInterval(() => {}, 1e6))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

describe('only one at a time', () => {
  it('keeps a second one out, and lets it in when the first has ended', async () => {
    const first = Promise.withResolvers<void>()
    const order: string[] = []
    const running = onlyOne(name, patient, async () => {
      order.push('first begins')
      await first.promise
      order.push('first ends')
    })
    expect(await onlyOne(name, { ...patient, patienceMs: 0 }, async () => 'never')).toBeNull()
    expect(await onlyOne(name, { ...patient, patienceMs: 120 }, async () => 'never')).toBeNull()
    const second = onlyOne(name, patient, async () => void order.push('second'))
    first.resolve()
    await Promise.all([running, second])
    expect(order).toEqual(['first begins', 'first ends', 'second'])
  })

  it('lets others go on beside it', async () => {
    expect(await onlyOne(name, patient, () => onlyOne(`${name}, another`, patient, async () => 'both'))).toBe(
      'both',
    )
  })

  it('gives the lock back when the action fails', async () => {
    await expect(onlyOne(name, patient, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await onlyOne(name, { ...patient, patienceMs: 0 }, async () => 'next')).toBe('next')
  })

  it('is let in at once when whoever has it is killed', async () => {
    const other = await holder()
    expect(await onlyOne(name, { ...patient, patienceMs: 0 }, async () => 'never')).toBeNull()
    const waiting = onlyOne(name, patient, async () => 'at last')
    other.kill('SIGKILL')
    expect(await waiting).toBe('at last')
  })

  it('lets all that wait go one after the other', async () => {
    let atWork = 0
    const most: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, () =>
        onlyOne(name, patient, async () => {
          most.push((atWork += 1))
          await clock.sleep(1)
          atWork -= 1
        }),
      ),
    )
    expect(most).toEqual(Array(20).fill(1))
  })
})
