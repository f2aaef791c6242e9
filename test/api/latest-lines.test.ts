import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatestLines } from '../../src/api/logs/latest-lines.ts'
import type { LogItem } from '../../src/ports/log-files.ts'

const bounds = { lines: 5, bytes: 40 }
const line = (text: string): LogItem => ({ kind: 'line', bytes: Buffer.from(text), cutBytes: 0 })
const textsOf = (items: readonly LogItem[]) =>
  items.flatMap((item) => (item.kind === 'line' ? [item.bytes.toString()] : []))

describe('the latest lines', () => {
  it('are the newest ones, in their order, within the bounds; those before them are counted', async () => {
    const batches = fc.array(fc.array(fc.string({ maxLength: 20 }), { maxLength: 12 }), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(batches, async (pushed) => {
        const latest = new LatestLines(bounds)
        for (const texts of pushed) latest.push(texts.map(line))
        latest.close()
        const all = pushed.flat()
        const taken = await latest.take()
        const texts = textsOf(taken?.items ?? [])
        expect(texts).toEqual(all.slice(all.length - texts.length))
        expect((taken?.missedLines ?? 0) + texts.length).toBe(all.length)
        expect(texts.length).toBeLessThanOrEqual(bounds.lines)
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
        if (texts.length > 1) expect(bytes).toBeLessThanOrEqual(bounds.bytes)
        expect(texts.length > 0).toBe(all.length > 0)
      }),
    )
  })

  it('are found in a batch of any size', async () => {
    const latest = new LatestLines(bounds)
    latest.push(Array.from({ length: 300_000 }, () => line('')))
    expect(await latest.take()).toMatchObject({ missedLines: 299_995 })
  })

  it('keep the word that the tail is over', async () => {
    const latest = new LatestLines(bounds)
    latest.push([line('a'), { kind: 'end' }, ...Array.from({ length: 9 }, () => line('b'))])
    const taken = await latest.take()
    expect(taken?.items[0]).toEqual({ kind: 'end' })
    expect(taken?.missedLines).toBeGreaterThan(0)
  })

  it('are waited for, and end when nothing comes any more', async () => {
    const latest = new LatestLines(bounds)
    const waiting = latest.take()
    latest.push([line('a')])
    expect(textsOf((await waiting)?.items ?? [])).toEqual(['a'])
    const last = latest.take()
    latest.close()
    expect(await last).toBeUndefined()
  })
})
