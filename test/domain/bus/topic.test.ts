import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isReserved,
  matchesTopic,
  parsePattern,
  patternProblem,
  topicLimits,
  topicProblem,
} from '../../../src/domain/bus/topic.ts'
import { ledgerEventTypes } from '../../../src/domain/ledger-event.ts'

const matches = (pattern: string, topic: string) => matchesTopic(parsePattern(pattern), topic)

describe('a pattern', () => {
  it.each([
    ['prices.eur', 'prices.eur', true],
    ['prices.eur', 'prices.eur.now', false],
    ['prices.eur', 'prices', false],
    ['prices.*', 'prices.eur', true],
    ['prices.*', 'prices', false],
    ['prices.*', 'prices.eur.now', false],
    ['*.eur', 'prices.eur', true],
    ['*.eur', 'eur', false],
    ['prices.>', 'prices.eur', true],
    ['prices.>', 'prices.eur.now', true],
    ['prices.>', 'prices', false],
    ['prices.*.>', 'prices.eur', false],
    ['prices.*.>', 'prices.eur.now.here', true],
    ['*', 'prices', true],
    ['*', 'prices.eur', false],
    ['>', 'prices', true],
    ['>', 'prices.eur.now', true],
    ['Prices.eur', 'prices.eur', false],
  ])('%s, of %s: %s', (pattern, topic, expected) => {
    expect(matches(pattern, topic)).toBe(expected)
  })

  const segment = fc.stringMatching(/^[A-Za-z0-9_:-]{1,6}$/)
  const topic = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'))

  it('without wildcards means itself alone', () => {
    fc.assert(fc.property(topic, topic, (one, other) => matches(one, other) === (one === other)))
  })

  it('with any segment starred means the topic still, and with its tail opened too', () => {
    fc.assert(
      fc.property(topic, fc.nat(), (text, at) => {
        const parts = text.split('.')
        const index = at % parts.length
        expect(matches(parts.with(index, '*').join('.'), text)).toBe(true)
        expect(matches([...parts.slice(0, index), '>'].join('.'), text)).toBe(true)
        expect(matches([...parts, '>'].join('.'), text)).toBe(false)
      }),
    )
  })
})

describe('what is no topic', () => {
  it.each([
    ['', 'found nothing'],
    ['.', 'allowed segments'],
    ['a..b', 'allowed segments'],
    ['a.', 'allowed segments'],
    ['a b', 'allowed segments'],
    ['größe', 'allowed segments'],
    ['a.*', 'wildcards'],
    ['>', 'wildcards'],
    ['a'.repeat(topicLimits.characters + 1), 'at most 200'],
    [
      Array(topicLimits.segments + 1)
        .fill('a')
        .join('.'),
      'at most 16',
    ],
  ])('%j', (text, problem) => {
    expect(topicProblem(text)).toContain(problem)
  })

  it('is shown without what moves a cursor or turns the direction round', () => {
    const problem = topicProblem('a\u001b[2J\u202e') ?? ''
    for (const hidden of ['\u001b', '\u202e']) expect(problem).not.toContain(hidden)
  })

  it.each(['a', 'agent-analytics', 'a.b.c', 'A_1.b:2'])('but %s is one', (text) => {
    expect(topicProblem(text)).toBeUndefined()
    expect(patternProblem(text)).toBeUndefined()
  })
})

describe('what is no pattern', () => {
  it.each([
    ['>.a', 'allowed'],
    ['a.b*', 'allowed'],
    ['a.#', 'written ">" here, as in "a.>"'],
    ['', 'found nothing'],
  ])('%s', (text, problem) => {
    expect(patternProblem(text)).toContain(problem)
  })

  it.each(['*', '>', 'a.*.b', 'a.>', '*.>'])('but %s is one', (text) => {
    expect(patternProblem(text)).toBeUndefined()
  })
})

describe('what only the daemon says', () => {
  it('is all that is in its ledger', () => {
    expect(ledgerEventTypes.filter((type) => topicProblem(type) !== undefined || !isReserved(type))).toEqual(
      [],
    )
  })

  it.each(['task', 'task.mine', 'jrctl.x', 'dlq.added.again'])('%s', (topic) => {
    expect(isReserved(topic)).toBe(true)
  })

  it.each(['tasks.mine', 'agent-analytics', 'prices.task'])('but not %s', (topic) => {
    expect(isReserved(topic)).toBe(false)
  })
})
