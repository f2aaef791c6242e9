import { expect, test } from 'vitest'
import { createIntake } from '../../../src/worker/stream/intake.ts'

const mebi = 1024 * 1024

test('holds the program up once 16 Mi characters wait, until half of that is written', () => {
  const pauses: boolean[] = []
  const intake = createIntake((pause) => pauses.push(pause))
  for (let at = 0; at < 16; at++) intake.add(mebi)
  expect(pauses).toEqual([])
  intake.add(mebi)
  // Said again for a program that was started meanwhile.
  intake.add(mebi)
  expect(pauses).toEqual([true, true])
  for (let at = 0; at < 10; at++) intake.remove(mebi)
  expect(pauses).toEqual([true, true])
  intake.remove(mebi)
  intake.remove(mebi)
  expect(pauses).toEqual([true, true, false])
})
