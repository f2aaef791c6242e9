import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../src/cli/logs.ts'
import { createRemoteReader } from '../../src/cli/logs/remote-reader.ts'
import { exitCode, OperationalError } from '../../src/errors.ts'
import { type Served, serve } from '../api/served.ts'
import { fakeCli } from './fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

function cliOf(...args: string[]) {
  const { client } = served
  const reader = createRemoteReader(client, { jr: 'a_jr', instance: 1 })
  const logs = [{ jr: 'a_jr', instance: 1, path: `a_jr on ${client.where}`, reader }]
  return fakeCli({ args, local: { logs: { open: async () => ({ logs, known: ['a_jr'] }) } } })
}

it('shows the log that the daemon reads, as if it were a file here', async () => {
  served.services.log.write(
    '{"level":40,"time":"2026-01-01T10:00:00.000Z","msg":"look"}',
    'plain \u001b[2Jtext',
  )
  const cli = cliOf('-n', '5')
  expect(await run(cli)).toBe(exitCode.ok)
  expect(cli.out).toBe('2026-01-01 10:00:00 WARN  look\nplain ␛text\n')
})

it('goes by time as well', async () => {
  served.services.log.write('2026-01-01T10:00:00Z early', '2026-01-01T12:00:00Z late')
  const cli = cliOf('--since', '2026-01-01T11:00:00Z')
  await run(cli)
  expect(cli.out).toBe('2026-01-01T12:00:00Z late\n')
})

it('follows until it is interrupted, and leaves the daemon nothing to do', async () => {
  served.services.log.write('one')
  const cli = cliOf('-f')
  const running = run(cli)
  await expect.poll(() => cli.out).toBe('one\n')
  served.services.log.write('two', { kind: 'gap', bytes: 5 })
  await expect.poll(() => cli.err).toMatch(/5 bytes were rotated away/)
  expect(cli.out).toBe('one\ntwo\n')
  cli.interrupt()
  expect(await running).toBe(exitCode.ok)
  await expect.poll(() => served.services.log.readers).toBe(0)
})

it('says that the daemon is stopping, instead of ending as if nothing more were written', async () => {
  const cli = cliOf('-f')
  const running = run(cli)
  await expect.poll(() => served.services.log.readers).toBe(1)
  await Promise.all([expect(running).rejects.toThrow(/has ended the log's stream/), served.server.stop(500)])
})

it('tells why the daemon cannot read it', async () => {
  const cli = cliOf('-f')
  const running = run(cli)
  const refused = expect(running).rejects.toThrow('cannot read it')
  await expect.poll(() => served.services.log.readers).toBe(1)
  served.services.log.break(
    new OperationalError('cannot read it', { code: 'logs.unreadable', retryable: false }),
  )
  await refused
})

it('has no bytes to give', async () => {
  await expect(run(cliOf('--raw'))).rejects.toThrow(/these are elsewhere/)
})
