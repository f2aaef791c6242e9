import { describe, expect, it } from 'vitest'
import {
  isBroken,
  isServersWord,
  translateDriverError,
} from '../../../src/adapters/postgres/driver-errors.ts'
import { OperationalError, UserError } from '../../../src/errors.ts'

const driverError = (code: string | undefined, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code }, more)

const translated = (error: unknown): OperationalError => {
  const result = translateDriverError(error, 'db.example/queue')
  if (!(result instanceof OperationalError)) throw new Error('no OperationalError')
  return result
}

describe('what the driver says, in our words', () => {
  it.each([
    [
      '53100',
      'could not extend file "x": No space left on device',
      'db.disk_full',
      true,
      "server's disk is full",
    ],
    [
      '53300',
      'sorry, too many clients already',
      'db.too_many_connections',
      true,
      'no connection left for us',
    ],
    ['53200', 'out of memory', 'db.no_resources', true, 'short of memory'],
    ['57P01', 'terminating connection due to administrator command', 'db.unreachable', true, 'being stopped'],
    ['57P03', 'the database system is starting up', 'db.unreachable', true, 'started'],
    ['25006', 'cannot execute UPDATE in a read-only transaction', 'db.read_only', true, 'accepts no writes'],
    ['25006', 'cannot execute UPDATE during recovery', 'db.read_only', true, 'is a standby'],
    ['55P03', 'canceling statement due to lock timeout', 'db.timeout', true, 'another session held a lock'],
    ['57014', 'canceling statement due to statement timeout', 'db.timeout', true, 'did not answer in time'],
    ['40P01', 'deadlock detected', 'db.conflict', true, 'kept changing'],
    ['0A000', 'cached plan must not change result type', 'db.conflict', true, 'prepared statements'],
    ['0A000', 'LOCK TABLE is not supported here', 'db.failed', false, 'reported an error'],
    ['26000', 'prepared statement "jr_claim" does not exist', 'db.conflict', true, 'prepared statements'],
    ['28P01', 'password authentication failed', 'db.auth', false, 'refused the login'],
    ['08P01', 'server conn crashed?', 'db.unreachable', true, 'cannot reach'],
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'db.unreachable', true, 'cannot reach'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate', 'db.tls', false, 'not trusted'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'db.tls', false, 'not trusted'],
    [undefined, 'The server does not support SSL connections', 'db.tls', false, 'no encrypted connection'],
    [undefined, 'Query read timeout', 'db.timeout', true, 'did not answer in time'],
    [undefined, 'Connection terminated unexpectedly', 'db.unreachable', true, 'cannot reach'],
    [undefined, 'timeout exceeded when trying to connect', 'db.timeout', true, 'came free in time'],
    [undefined, 'timeout expired', 'db.unreachable', true, 'cannot reach'],
  ])('%s %s: %s', (state, message, code, retryable, words) => {
    const error = translated(driverError(state, message))
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).toContain(words)
    expect(error.message).toContain('db.example/queue')
    expect(error.hint).toBeTruthy()
  })

  // A silent network looks like either, by where a command was caught by it.
  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'timeout expired',
  ])('%s: also names the network', (message) =>
    expect(translated(driverError(undefined, message)).hint).toContain('the network'),
  )

  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED', true],
    [undefined, 'timeout exceeded when trying to connect', true],
    [undefined, 'Query read timeout', true],
    ['57014', 'canceling statement due to statement timeout', false],
    ['53100', 'No space left on device', false],
  ])('%s %s: says the server’s own next step: %s', (state, message, own) => {
    const error = translateDriverError(driverError(state, message), 'x', () => 'ask its log')
    expect(error).toBeInstanceOf(OperationalError)
    expect((error as OperationalError).hint === 'ask its log').toBe(own)
  })

  it('keeps a value that was refused as its giver’s mistake, and our own errors as they are', () => {
    expect(translateDriverError(driverError('22001', 'value too long'), 'x')).toBeInstanceOf(UserError)
    const ours = new UserError('no')
    expect(translateDriverError(ours, 'x')).toBe(ours)
  })

  it.each([
    ['57014', 'canceling statement due to statement timeout', false],
    ['55P03', 'canceling statement due to lock timeout', false],
    ['23505', 'duplicate key', false],
    ['40P01', 'deadlock detected', false],
    [undefined, 'Query read timeout', true],
    [undefined, 'Connection terminated unexpectedly', true],
    ['25P03', 'terminating connection due to idle-in-transaction timeout', true],
    ['57P01', 'terminating connection due to administrator command', true],
    // After a failover the same connection would lead to the old primary for ever.
    ['25006', 'cannot execute UPDATE during recovery', true],
    ['0A000', 'cached plan must not change result type', true],
  ])('after %s %s the connection is of no more use: %s', (state, message, broken) => {
    expect(isBroken(translated(driverError(state, message)))).toBe(broken)
  })

  it.each([
    ['53300', true],
    ['57P03', true],
    ['EPIPE', false],
    ['ECONNRESET', false],
    [undefined, false],
  ])('%s comes from the server itself: %s', (state, expected) => {
    expect(isServersWord(driverError(state, 'x'))).toBe(expected)
  })
})
