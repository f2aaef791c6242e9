import { expect, test } from 'vitest'
import { parseProgressLine } from '../../src/worker/progress-line.ts'

test.each([
  ['::progress 40', { percent: 40, note: null }],
  ['::progress 40 half way  ', { percent: 40, note: 'half way' }],
  ['::progress 40.7% half', { percent: 40, note: 'half' }],
  ['::progress\t0\tstart', { percent: 0, note: 'start' }],
  ['::progress 100', { percent: 100, note: null }],
])('%j is progress', (line, progress) => {
  expect(parseProgressLine(line)).toEqual(progress)
})

test.each([
  '::progress',
  '::progress 101',
  '::progress -1',
  '::progress forty',
  ' ::progress 4',
  '::progress 4x',
  'x',
])('%j is ordinary output', (line) => {
  expect(parseProgressLine(line)).toBeUndefined()
})
