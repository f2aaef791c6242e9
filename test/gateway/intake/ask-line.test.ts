import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAskLine } from '../../../src/gateway/intake/ask-line.ts'

const answers = fc.array(fc.constantFrom('answer', 'fail'), { minLength: 1, maxLength: 40 })

describe('the line of questions', () => {
  it('never asks more than may at once, and answers everybody once', async () => {
    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(10),
        async (ends, atOnce, waitingMax) => {
          const line = createAskLine<number>(atOnce, waitingMax)
          const open: (() => void)[] = []
          let asking = 0
          let most = 0
          const question = (index: number) => () =>
            new Promise<number>((resolve, reject) => {
              most = Math.max(most, (asking += 1))
              open.push(() => {
                asking -= 1
                if (ends[index] === 'fail') reject(new Error('away'))
                else resolve(index)
              })
            })
          const told = ends.map((_, index) => line.ask(question(index)).then(String, () => 'failed'))
          const left = new Set(told)
          for (const each of told) void each.then(() => left.delete(each))
          while (left.size > 0) {
            open.shift()?.()
            await Promise.resolve()
          }
          for (const [index, answer] of (await Promise.all(told)).entries())
            expect([String(index), 'null', 'failed']).toContain(answer)
          expect(most).toBeLessThanOrEqual(atOnce)
          expect(asking).toBe(0)
        },
      ),
    )
  })
})
