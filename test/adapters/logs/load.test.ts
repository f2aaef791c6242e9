import { expect, it } from 'vitest'
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
