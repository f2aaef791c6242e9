import { expect, test } from 'vitest'
import { taskId } from '../../../src/domain/ids.ts'
import { shareReasons } from '../../../src/domain/why/share.ts'
import type { ShareStanding } from '../../../src/domain/why/standing.ts'

const share: ShareStanding = {
  position: 1,
  capacityPct: 50,
  ratePerMinute: 60_000,
  tokens: 1_234.5,
  burst: 240_000,
  bucket: 'common',
}
const words = (more: Partial<ShareStanding>) =>
  shareReasons({ ...share, ...more }, taskId(7)).map(({ sentence }) => sentence)

test.each<[Partial<ShareStanding>, string]>([
  [
    {},
    'Its share of the LLM is 50 %, 60,000 a minute, and what others leave unused; 1,234.5 of 240,000 tokens are in the bucket that all tasks of this node share.',
  ],
  [
    { tokens: -119_468.4 },
    'share owes 119,468.4 tokens, so that nobody is given any before they have come in.',
  ],
  [{ capacityPct: 0.0003 }, 'Its share of the LLM is less than 0.01 %'],
  [{ bucket: 'own', tokens: 3 }, '3 of 240,000 tokens are in its bucket.'],
  [{ bucket: 'own', tokens: -99, ratePerMinute: 100 }, 'its bucket is empty, the next token comes in 1 min.'],
])('%j', (more, sentence) => {
  expect(words(more)).toEqual([expect.stringContaining(sentence)])
})
