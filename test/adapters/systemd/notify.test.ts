import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { notifyAddress } from '../../../src/adapters/systemd/notify-address.ts'
import { notifyMessage } from '../../../src/adapters/systemd/notify-message.ts'
import { takeServiceVariables } from '../../../src/adapters/systemd/service-variables.ts'
import { unitIn, unitOf } from '../../../src/adapters/systemd/unit.ts'

describe('the address of a NOTIFY_SOCKET', () => {
  it.each([
    ['/run/systemd/notify', '\x01\x00/run/systemd/notify\0'],
    ['@/org/freedesktop/notify', '\x01\x00\0/org/freedesktop/notify'],
    [`/${'x'.repeat(107)}`, `\x01\x00/${'x'.repeat(107)}`],
    [`@${'x'.repeat(107)}`, `\x01\x00\0${'x'.repeat(107)}`],
  ])('%s', (socket, address) => {
    expect(notifyAddress(socket)?.toString('latin1')).toBe(address)
  })

  it.each(['', '/', '@', 'run/notify', 'vsock:2:1234', `/${'x'.repeat(108)}`, '/a\0b'])(
    'is none of %j',
    (socket) => {
      expect(notifyAddress(socket)).toBeNull()
    },
  )
})

describe('news', () => {
  it('are told in the words of sd_notify(3)', () => {
    expect(notifyMessage({ state: 'ready', status: 'up' }, 7n)).toEqual(['READY=1', 'STATUS=up'])
    expect(notifyMessage({ state: 'reloading' }, 7n)).toEqual(['RELOADING=1', 'MONOTONIC_USEC=7'])
    expect(notifyMessage({ state: 'stopping', extendMs: 1.5 }, 7n)).toEqual([
      'STOPPING=1',
      'EXTEND_TIMEOUT_USEC=1500',
    ])
    expect(notifyMessage({ mainPid: 12 }, 7n)).toEqual(['MAINPID=12', 'WATCHDOG_USEC=0'])
  })

  it('cannot carry a second assignment in a status', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 100 }), (status) => {
        const [line = ''] = notifyMessage({ status }, 0n)
        expect(line.split('\n')).toHaveLength(1)
        expect(Buffer.byteLength(line)).toBeLessThan(2000)
      }),
    )
    expect(notifyMessage({ status: 'a\nMAINPID=1' }, 0n)).toEqual(['STATUS=a MAINPID=1'])
  })
})

describe('what the environment says', () => {
  it('is read once, and nobody inherits it', () => {
    const env = {
      NOTIFY_SOCKET: '/n',
      WATCHDOG_USEC: '60000000',
      WATCHDOG_PID: '5',
      SYSTEMD_EXEC_PID: '5',
      PATH: '/',
    }
    expect(takeServiceVariables(env, 5)).toEqual({ socket: '/n', watchdogMs: 60_000, isStarted: true })
    expect(env).toEqual({ PATH: '/' })
    expect(takeServiceVariables(env, 5)).toEqual({ socket: null, watchdogMs: null, isStarted: false })
  })

  it.each([
    [{ WATCHDOG_USEC: '1000', WATCHDOG_PID: '6' }, null],
    [{ WATCHDOG_USEC: '1000' }, 1],
    [{ WATCHDOG_USEC: '0' }, null],
    [{ WATCHDOG_USEC: '-5' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
  ])('%j: a watchdog of %j ms', (env, watchdogMs) => {
    expect(takeServiceVariables({ ...env }, 5)).toMatchObject({ watchdogMs, isStarted: false })
  })
})

describe('the unit of a process', () => {
  it.each([
    ['0::/system.slice/jr-orchestrator.service\n', 'jr-orchestrator.service'],
    ['0::/system.slice/jr.service/daemon\n', 'jr.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/jr.service\n', 'jr.service'],
    ['12:cpu:/x\n1:name=systemd:/system.slice/jr.service\n0::/\n', 'jr.service'],
    ['0::/user.slice/user-0.slice/session-3.scope\n', null],
    ['0::/\n', null],
  ])('%j', (cgroup, unit) => {
    expect(unitIn(cgroup)).toBe(unit)
  })

  it('is none for a process that is not there', () => {
    expect(unitOf(2 ** 22 + 1)).toBeNull()
  })
})
