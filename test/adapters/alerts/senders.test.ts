import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { readStat } from '../../../src/adapters/process/proc.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { Secret, type AlertWay } from '../../../src/config/policy.ts'
import { messageOfAlert, type AlertMessage } from '../../../src/domain/alerts/message.ts'
import { alertSenders } from '../../../src/main/alert-senders.ts'
import { channelPolicy } from '../../daemon/alerts/setup.ts'
import { transition } from '../../domain/alerts/any.ts'
import { startReceiver } from './receiver.ts'

const message = messageOfAlert({ ...transition(), count: 1 }, { node: 'n-1', lost: 0, test: false })

describe('how alerts leave', () => {
  let dir: string
  const spoken: AlertMessage[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jrctl-alerts-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const send = (
    way: AlertWay,
    more: { env?: Record<string, string>; timeoutMs?: number; signal?: AbortSignal } = {},
  ) =>
    alertSenders({
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, DATABASE_URL: 's3cret', ...more.env },
      clock: systemClock(),
      random: systemRandom(),
      version: '1.2.3',
      spoken: { where: 'a log', say: (one) => void spoken.push(one) },
    })(channelPolicy({ way, timeoutMs: more.timeoutMs ?? 20_000 })).send(
      message,
      more.signal ?? new AbortController().signal,
    )
  const shell = (script: string, envPass: string[] = []): AlertWay => ({
    kind: 'command',
    command: ['sh', '-c', script],
    envPass,
  })

  it('to a log: they are said aloud', async () => {
    expect(await send({ kind: 'log' })).toEqual({ kind: 'delivered', by: 'a log' })
    expect(spoken).toEqual([message])
  })

  describe('to a command', () => {
    it('as a line of JSON on its stdin, with nothing of our secrets', async () => {
      const file = join(dir, 'seen')
      const script = `cat > ${file}; env > ${file}.env`
      expect(await send(shell(script, ['PAGER']), { env: { PAGER: 'mine' } })).toEqual({
        kind: 'delivered',
        by: 'sh',
      })
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(message)
      const env = await readFile(`${file}.env`, 'utf8')
      expect(env).toContain('PAGER=mine')
      expect(env).toContain('JRCTL_ALERT_KEY=database')
      expect(env).not.toContain('s3cret')
    })

    it.each<[string, string, string]>([
      ['that fails', 'echo no luck >&2; exit 3', 'sh exited with code 3: no luck'],
      ['that is ended', 'kill -9 $$', 'sh was ended by SIGKILL'],
      ['that reads nothing', 'exec 0<&-; exit 1', 'sh exited with code 1'],
    ])('%s', async (_, script, reason) => {
      expect(await send(shell(script))).toEqual({ kind: 'failed', reason, isRefused: false })
    })

    it('that says more than anybody reads', async () => {
      const delivery = await send(
        shell('head -c 20000000 /dev/zero | tr "\\\\0" x; echo; echo the end; exit 1'),
      )
      expect(delivery).toMatchObject({ kind: 'failed' })
      expect(delivery).toHaveProperty('reason', expect.stringMatching(/^sh exited with code 1: x+ the end$/))
      expect(JSON.stringify(delivery).length).toBeLessThan(400)
    })

    it('that hangs is ended with its whole tree, also what left its session', async () => {
      const file = join(dir, 'pid')
      const hang = `setsid sh -c 'echo $$ > ${file}; sleep 1000' & wait`
      expect(await send(shell(hang), { timeoutMs: 1_500 })).toEqual({
        kind: 'failed',
        reason: 'sh did not end within 1500 ms',
        isRefused: false,
      })
      const pid = Number(await readFile(file, 'utf8'))
      expect(pid).toBeGreaterThan(1)
      // Nobody may have buried it yet: dead is what it is all the same.
      expect(readStat(pid)?.zombie ?? true).toBe(true)
    })

    it('that is not there', async () => {
      const way: AlertWay = { kind: 'command', command: ['/no/such/program'], envPass: [] }
      expect(await send(way)).toMatchObject({
        kind: 'failed',
        reason: '/no/such/program cannot be run: no program "/no/such/program" on PATH',
      })
    })

    it('is ended when we are', async () => {
      expect(await send(shell('sleep 1000'), { signal: AbortSignal.abort() })).toMatchObject({
        kind: 'failed',
        reason: 'sh was ended: we are ending',
      })
    })
  })

  describe('to a webhook whose address is', () => {
    it('in a file, in a variable, or in the configuration', async () => {
      const receiver = await startReceiver()
      const file = join(dir, 'url')
      await writeFile(file, `${receiver.url}\n`)
      const env = { HOOK: receiver.url, TOKEN: 'Bearer x' }
      for (const url of [{ file }, { env: 'HOOK' }, { text: new Secret(receiver.url) }])
        expect(
          await send({ kind: 'webhook', url, headers: { Authorization: 'TOKEN' } }, { env }),
        ).toMatchObject({
          kind: 'delivered',
        })
      expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer x'))
      await receiver.close()
    })

    it.each<[string, AlertWay, Record<string, string>, string]>([
      [
        'in no variable',
        { kind: 'webhook', url: { env: 'HOOK' }, headers: {} },
        {},
        'the address is to be in the variable HOOK, which is not set',
      ],
      [
        'no address',
        { kind: 'webhook', url: { env: 'HOOK' }, headers: {} },
        { HOOK: 'file:///s3cret' },
        'the variable HOOK holds no http or https address',
      ],
      [
        'in no file',
        { kind: 'webhook', url: { file: '/no/such/file' }, headers: {} },
        {},
        'the address cannot be read from /no/such/file',
      ],
      [
        'there, but not a header',
        { kind: 'webhook', url: { env: 'HOOK' }, headers: { 'X-Key': 'KEY' } },
        { HOOK: 'http://127.0.0.1:9/', KEY: 'a\r\nHost: s3cret' },
        'the header X-Key is to be in the variable KEY, which holds something else',
      ],
    ])('%s', async (_, way, env, reason) => {
      const delivery = await send(way, { env })
      expect(delivery).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) as string })
      expect(JSON.stringify(delivery)).not.toContain('s3cret')
    })
  })
})
