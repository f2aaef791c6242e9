import { expect, it } from 'vitest'
import { createBrokenRules } from '../../../src/daemon/cycle/broken-rules.ts'
import type { RuleVerdict } from '../../../src/domain/cycle/decision.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const verdict = (rule: string, is: RuleVerdict['verdict'], reason = 'so') => ({ rule, verdict: is, reason })

it('tells of a broken rule once, however long it is broken, and once when it is no more', () => {
  const logger = fakeLogger()
  const rules = createBrokenRules(logger)
  rules.judged([verdict('mine', 'broken', 'index 9'), verdict('other', 'fired')])
  rules.judged([verdict('mine', 'broken', 'index 8'), verdict('other', 'broken')])
  rules.judged([verdict('mine', 'holds_not'), verdict('other', 'off')])
  rules.judged([verdict('mine', 'fired'), verdict('other', 'holds_not')])
  rules.judged([verdict('mine', 'broken', 'index 7')])
  expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: the rule mine is broken and does nothing: index 9',
    'warn: the rule other is broken and does nothing: so',
    'info: the rule mine is broken no more',
    'warn: the rule mine is broken and does nothing: index 7',
  ])
})

it('knows which are broken as of the last pass, until the rules change', () => {
  const rules = createBrokenRules(fakeLogger())
  expect(rules.complaints()).toEqual([])
  rules.judged([verdict('mine', 'broken', 'index 9'), verdict('other', 'fired')])
  expect(rules.view()).toEqual([{ rule: 'mine', reason: 'index 9' }])
  expect(rules.complaints()).toEqual([
    'the rule mine is broken and does nothing: index 9; see jrctl rules explain mine',
  ])
  rules.changed()
  expect(rules.view()).toEqual([])
  rules.judged([1, 2, 3, 4, 5].map((n) => verdict(`r${n}`, 'broken')))
  expect(rules.complaints()).toHaveLength(4)
  expect(rules.complaints().at(-1)).toBe('2 more of the rules are broken; see jrctl rules list')
})
