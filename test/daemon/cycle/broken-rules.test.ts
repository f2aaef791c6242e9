import { expect, it } from 'vitest'
import { createBrokenRules } from '../../../src/daemon/cycle/broken-rules.ts'
import type { RuleVerdict } from '../../../src/domain/cycle/decision.ts'
import { fakeLogger } from '../../fakes/logger.ts'

it('tells of a broken rule once, however long it is broken, and once when it is no more', () => {
  const logger = fakeLogger()
  const tell = createBrokenRules(logger)
  const verdict = (rule: string, is: RuleVerdict['verdict'], reason = 'so') => ({ rule, verdict: is, reason })
  tell([verdict('mine', 'broken', 'index 9'), verdict('other', 'fired')])
  tell([verdict('mine', 'broken', 'index 8'), verdict('other', 'broken')])
  tell([verdict('mine', 'holds_not'), verdict('other', 'off')])
  tell([verdict('mine', 'fired'), verdict('other', 'holds_not')])
  tell([verdict('mine', 'broken', 'index 7')])
  expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: the rule mine is broken and does nothing: index 9',
    'warn: the rule other is broken and does nothing: so',
    'info: the rule mine is broken no more',
    'warn: the rule mine is broken and does nothing: index 7',
  ])
})
