import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BugError, OperationalError, UserError, exitCode } from '../../src/errors.ts'
import { reportError } from '../../src/main/report-error.ts'

function report(error: unknown, json = false): { exit: number; text: string } {
  let text = ''
  const exit = reportError(error, { write: (more: string) => (text += more) }, json)
  return { exit, text }
}

function refusedByTheSystem(): unknown {
  try {
    return mkdirSync('/proc/none')
  } catch (error) {
    return error
  }
}

describe('an error as it is told', () => {
  it.each([
    [
      new UserError('no such key', { hint: 'see there' }),
      exitCode.usage,
      /^jrctl: no such key\n {2}see there\n$/,
    ],
    [new UserError('no task 7', { exit: exitCode.notFound }), exitCode.notFound, /^jrctl: no task 7\n$/],
    [new OperationalError('away', { code: 'db.unreachable', retryable: true }), exitCode.unavailable, /away/],
    [new OperationalError('full', { code: 'state.full', retryable: true }), exitCode.failed, /full/],
    [refusedByTheSystem(), exitCode.failed, /^jrctl: ENOENT[^\n]*mkdir[^\n]*\n {2}The system refused it/],
    [new BugError('impossible'), exitCode.failed, /bug in jrctl[\s\S]*impossible[\s\S]*at [\s\S]*report it/],
  ])('%s', (error, exit, text) => {
    const told = report(error)
    expect(told.text).toMatch(text)
    expect(told.exit).toBe(exit)
  })

  it('moves nobody’s cursor, whoever named what is named in it', () => {
    const hostile = new UserError('no \u001b[2Jfile\u202e\nthere', { hint: 'see\u0007\nthere' })
    expect(report(hostile).text).toBe('jrctl: no ␛file\uFFFD\nthere\n  see␇\n  there\n')
  })

  it('is one JSON object where that was asked for', () => {
    const { text } = report(new UserError('no such key', { hint: 'see there' }), true)
    expect(JSON.parse(text)).toEqual({
      apiVersion: 1,
      error: { code: 'usage', message: 'no such key', hint: 'see there' },
    })
  })
})
