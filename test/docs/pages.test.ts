import { describe, expect, it } from 'vitest'
import { profileWords } from '../../src/domain/units/profile-words.ts'
import { seenTexts, sourceText } from './support/seen-texts.ts'
import { anchorsOf, brokenLinks } from './support/links.ts'
import { pages, parsePage } from './support/page.ts'
import { missingLine } from './support/shape.ts'

/** Examples that no test runs, each with its reason beside it; more would be promises that nobody keeps. */
const skipsMax = 10
const readmeLinesMax = 250

describe('the pages', () => {
  it.each(pages().map((page) => [page.name, page] as const))(
    '%s has no link that leads nowhere',
    (_, page) => {
      expect(brokenLinks(page)).toEqual([])
    },
  )

  it('leave few examples out', () => {
    const skipped = pages().flatMap(({ name, blocks }) =>
      blocks.filter(({ marks }) => marks.skip !== null).map(({ line }) => `${name}:${line}`),
    )
    expect(skipped.length, skipped.join(', ')).toBeLessThanOrEqual(skipsMax)
  })

  it('tell the exposure of the units as the units do', () => {
    const install = pages().find(({ name }) => name === 'docs/install.md')?.text
    for (const words of Object.values(profileWords).flat())
      for (const [figure] of words.matchAll(/[\d.]+ of 10/g)) expect(install).toContain(figure)
  })

  it('begin with one that a stranger reads in three minutes', () => {
    const [readme] = pages()
    expect(readme?.text.split('\n').length).toBeLessThanOrEqual(readmeLinesMax)
  })
})

describe('what operators are told to look for', () => {
  const sources = sourceText()
  const told = pages().flatMap(({ name, text }) => seenTexts(text).map((words) => [name, words] as const))

  it('is a lot', () => expect(told.length).toBeGreaterThan(12))

  it.each(told)('%s: %s is said by the program', (_, words) => {
    for (const part of words.split(/\s*…\s*|NAME/)) expect(sources).toContain(part.trim())
  })
})

describe('what reads them', () => {
  it('finds links to files and headings that are not there', () => {
    const text = '# A title\n[a](#a-title) [b](#b) [c](no-such.md) [d](LICENSE) [e](ARCHITECTURE.md#no-such)'
    expect(brokenLinks({ name: 'README.md', text })).toEqual(['#b', 'no-such.md', 'ARCHITECTURE.md#no-such'])
  })

  it('names anchors as GitHub does', () => {
    expect(anchorsOf('## What `jrctl why` says, and 2 more\n```sh\n# no heading\n```')).toEqual([
      'what-jrctl-why-says-and-2-more',
    ])
  })

  it('refuses a mark that it does not know', () => {
    expect(() => parsePage('a.md', '<!-- exit: 3 -->')).toThrow('a.md:1: unknown mark')
    expect(() => parsePage('a.md', 'text\n```sh\ntrue')).toThrow('a.md:2: a block that never ends')
  })

  it('takes marks for the block that follows alone', () => {
    const { blocks } = parsePage(
      'a.md',
      '<!-- exits: 3 -->\n<!-- sql: select 1 -->\n\n```sh\na\n```\n```sh\nb\n```',
    )
    expect(blocks.map(({ marks }) => marks.exits)).toEqual([3, 0])
    expect(blocks[0]?.marks.before).toEqual([{ kind: 'sql', text: 'select 1' }])
  })

  it('compares outputs by their shape', () => {
    const said = 'Queue  12 pending · 3 done\n  x\nWorkers  4 of 4'
    expect(missingLine('Queue  1 pending · 99 done\n…\nWorkers 2 of 2', said)).toBeNull()
    expect(missingLine('Queue … done', said)).toBeNull()
    expect(missingLine('Workers 2 of 2\nQueue …', said)).toBe('Queue …')
    expect(
      missingLine(
        'up 8 s, 2.9 MiB of 1,200 at 127.0.0.1:3001.',
        'up 1 min 4 s, 88 KiB of 3 at 127.0.0.1:47.',
      ),
    ).toBeNull()
    expect(missingLine('up 8 s', 'up 8 MiB')).toBe('up 8 s')
    expect(missingLine('Queue  1 waiting', said)).toBe('Queue  1 waiting')
  })
})
