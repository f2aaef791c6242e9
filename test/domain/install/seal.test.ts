import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealed, sealOf } from '../../../src/domain/install/seal.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the seal of a file', () => {
  const text = sealed('[Unit]\nDescription=x\n', digest)

  it('is a comment at the end', () => {
    expect(text).toMatch(/^\[Unit\]\nDescription=x\n# jrctl-seal [0-9a-f]{64}\n$/)
  })

  it('ends the last line, if need be', () => {
    expect(sealed('a', digest)).toBe(sealed('a\n', digest))
  })

  it.each([
    ['as it was written', text, 'ours'],
    ['a word changed', text.replace('x', 'y'), 'edited'],
    ['a line added after it', `${text}Nice=5\n`, 'edited'],
    ['a line added before it', `# mine\n${text}`, 'edited'],
    ['the end of its last line gone', text.slice(0, -1), 'edited'],
    ['the seal taken out', text.replace(/# jrctl-seal.*\n/, ''), 'foreign'],
    ['somebody else’s', '[Unit]\n', 'foreign'],
    ['nothing', '', 'foreign'],
    ['the seal alone', '# jrctl-seal abc\n', 'foreign'],
  ] as const)('%s', (_, found, seal) => {
    expect(sealOf(found, digest)).toBe(seal)
  })
})
