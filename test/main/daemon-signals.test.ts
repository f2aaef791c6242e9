import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { listenForSignals } from '../../src/main/daemon-signals.ts'

function setUp(endsWithTerminal = false) {
  const exits: unknown[] = []
  const done: string[] = []
  const process = Object.assign(new EventEmitter(), { exit: (code: unknown) => exits.push(code) })
  const signals = listenForSignals(process as unknown as NodeJS.Process, endsWithTerminal)
  const send = (name: string) => process.emit(name, name)
  const attach = () =>
    signals.attach({
      stop: (by) => (done.push(`stop ${by}`), Promise.resolve({} as never)),
      reload: (by) => (done.push(`reload ${by}`), Promise.resolve({} as never)),
    })
  return { process, signals, send, attach, exits, done }
}

it('a signal during the boot is obeyed after it', async () => {
  const { signals, send, attach, exits, done } = setUp()
  send('SIGTERM')
  attach()
  expect(await signals.asked).toBe('SIGTERM')
  expect([exits, done]).toEqual([[], []])
})

it('a second one during the boot ends it at once', () => {
  const { send, exits } = setUp()
  send('SIGINT')
  send('SIGINT')
  expect(exits).toEqual([1])
})

it('a second one later hurries, and SIGHUP reloads', async () => {
  const { signals, send, attach, done, exits } = setUp()
  attach()
  send('SIGHUP')
  send('SIGTERM')
  send('SIGINT')
  expect(await signals.asked).toBe('SIGTERM')
  expect(done).toEqual(['reload SIGHUP', 'stop SIGINT'])
  expect(exits).toEqual([])
})

it('SIGHUP ends what ends with its terminal', async () => {
  const { signals, send, attach, done } = setUp(true)
  attach()
  send('SIGHUP')
  send('SIGHUP')
  expect(await signals.asked).toBe('SIGHUP')
  expect(done).toEqual([])
  send('SIGINT')
  expect(done).toEqual(['stop SIGINT'])
})

it('listens no longer once released', () => {
  const { process, signals } = setUp()
  signals.release()
  expect(['SIGTERM', 'SIGINT', 'SIGHUP'].map((name) => process.listenerCount(name))).toEqual([0, 0, 0])
})
