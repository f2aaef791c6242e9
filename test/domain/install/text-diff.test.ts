import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffLines } from '../../../src/domain/install/text-diff.ts'

describe('a diff of two texts', () => {
  it('is nothing where nothing changes', () => {
    expect(diffLines('a\nb\n', 'a\nb\n')).toEqual([])
  })

  it('shows a change with three lines around it', () => {
    const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'
    expect(diffLines(before, before.replace('5', 'five'))).toEqual([
      '@@ -2,7 +2,7 @@',
      ' 2',
      ' 3',
      ' 4',
      '-5',
      '+five',
      ' 6',
      ' 7',
      ' 8',
    ])
  })

  it('shows changes that are far apart as two', () => {
    const before = Array.from({ length: 20 }, (_, index) => `${index}\n`).join('')
    const after = before.replace('\n2\n', '\ntwo\n').replace('\n17\n', '\n')
    expect(diffLines(before, after).filter((line) => line.startsWith('@@'))).toEqual([
      '@@ -1,6 +1,6 @@',
      '@@ -15,6 +15,5 @@',
    ])
  })

  it('shows a new text as a whole', () => {
    expect(diffLines('', 'a\nb\n')).toEqual(['@@ -0,0 +1,2 @@', '+a', '+b'])
  })

  it('finds no common lines of very long texts, and is right all the same', () => {
    const long = (letter: string) =>
      Array.from({ length: 2_100 }, (_, index) => `${letter}${index}\n`).join('')
    const lines = diffLines(`${long('a')}same\n${long('a')}`, `${long('b')}same\n${long('b')}`)
    expect(lines).toContain('-same')
    expect(lines).toContain('+same')
  })

  it('leads from the one to the other, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(patched(before, diffLines(before, after))).toBe(after)
      }),
    )
  })
})

/** What patch(1) does. */
function patched(before: string, diff: readonly string[]): string {
  const lines = before.split('\n').slice(0, -1)
  const result: string[] = []
  let at = 0
  for (const line of diff) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line)
    if (hunk !== null) {
      const start = hunk[2] === '0' ? Number(hunk[1]) : Number(hunk[1]) - 1
      while (at < start) result.push(lines[at++] ?? '')
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      expect(lines[at]).toBe(line.slice(1))
      if (line.startsWith(' ')) result.push(line.slice(1))
      at += 1
    }
  }
  result.push(...lines.slice(at))
  return result.map((line) => `${line}\n`).join('')
}
