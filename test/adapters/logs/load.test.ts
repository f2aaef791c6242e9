import { expect, it } from 'vitest'
import type { Holes } from '../../../src/adapters/logs/holes.ts'
import { rotateUnderLoad } from './rotation-under-load.ts'

/** Spec §4: logs rotate without losing a line; issue: at 10,000 lines a second, over many rotations. */
it.each([false, true])(
  'no line is lost or doubled under a busy writer (compressed: %s)',
  async (compress) => {
    const figures = await rotateUnderLoad({
      lines: 15_000,
      perSecond: 10_000,
      rotateSizeBytes: 65_536,
      compress,
    })
    expect(figures).toMatchObject({ lost: 0, doubled: 0, misplaced: 0 })
    expect(figures.rotations).toBeGreaterThan(5)
  },
)

/** What most rotators do. The control: were lines lost here, we would see it. */
it('copying and truncating loses lines', async () => {
  const truncating: Holes = {
    punch: async (file) => await file.truncate(0),
    collapse: async () => false,
  }
  const figures = await rotateUnderLoad({
    lines: 15_000,
    perSecond: 10_000,
    rotateSizeBytes: 65_536,
    compress: false,
    holes: truncating,
  })
  expect(figures.lost).toBeGreaterThan(0)
})
