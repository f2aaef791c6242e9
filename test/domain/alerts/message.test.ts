import { describe, expect, it } from 'vitest'
import { messageOfAlert } from '../../../src/domain/alerts/message.ts'
import { transition } from './any.ts'

const from = { node: 'n-1', lost: 0, test: false }

describe('what a receiver gets', () => {
  it('has fields for programs and a text for people', () => {
    expect(messageOfAlert({ ...transition(), count: 2 }, from)).toEqual({
      apiVersion: 1,
      id: 'n-1:7',
      text: '[CRITICAL] n-1: it is away',
      severity: 'critical',
      change: 'raised',
      topics: ['database'],
      key: 'database',
      summary: 'it is away',
      at: '1970-01-01T00:00:01.000Z',
      node: 'n-1',
      count: 2,
      lost: 0,
      test: false,
    })
  })

  it.each([
    [{ change: 'cleared', severity: 'info' }, {}, '[OK] n-1: it is away'],
    [{ severity: 'warning' }, {}, '[WARNING] n-1: it is away'],
    [{}, { test: true }, '[TEST] n-1: it is away'],
    [{}, { lost: 3 }, '[CRITICAL] n-1: it is away (3 before it could not be delivered)'],
    [{ summary: 'hi <!channel> @here' }, {}, '[CRITICAL] n-1: hi ‹!channel› ＠here'],
  ] as const)('says of %o, %o: %s', (change, more, text) => {
    expect(messageOfAlert({ ...transition(change), count: 1 }, { ...from, ...more }).text).toBe(text)
  })
})
