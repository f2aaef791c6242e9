import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/top.ts'
import type { ApiClient } from '../../src/client/client.ts'
import { exitCode } from '../../src/errors.ts'
import { statusView } from '../tui/fixture.ts'
import { type FakeCliOptions, fakeCli } from './fake-cli.ts'

/** A daemon that tells its state, and nothing else until one leaves. */
const daemon = {
  where: '/x',
  call: async () => statusView(),
  async events(onEvent: (event: object) => void, signal: AbortSignal) {
    onEvent({ event: 'snapshot', data: statusView() })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
} as unknown as ApiClient

const top = (options: FakeCliOptions) => fakeCli({ client: daemon, ...options })

describe('jrctl top where nobody watches', () => {
  it.each([
    ['into a pipe', []],
    ['once', ['--once']],
  ])('prints its tables %s', async (_, args) => {
    const cli = top({ args })
    expect(await run(cli)).toBe(exitCode.ok)
    expect(cli.out).toMatch(
      /^Wrong .*\n(?:.*\n)*Fleet .*\n(?:.*\n)*Positions {2}5 tasks.*\n(?:.*\n)*Workers {2}/,
    )
  })

  it('says why, where the terminal cannot be drawn on', async () => {
    const cli = top({ env: { TERM: 'dumb' } })
    Object.assign(cli.output, { isTerminal: true })
    Object.assign(cli.stdin, { isTTY: true })
    expect(await run(cli)).toBe(exitCode.ok)
    expect(cli.out).toContain('Positions')
    expect(cli.err).toBe(
      'This was once: by TERM=dumb the terminal cannot be drawn on. Live, in lines: jrctl top --screen-reader\n',
    )
    const piped = top({ env: { TERM: 'dumb' } })
    await run(piped)
    expect(piped.err).toBe('')
  })

  it('prints one screen alone', async () => {
    const cli = top({ args: ['--once', '--screen', 'Workers'] })
    expect(await run(cli)).toBe(exitCode.ok)
    expect(cli.out).not.toContain('Positions')
  })

  it('tells its state as JSON, once or as the first line of many', async () => {
    const once = top({ args: ['--once'], json: true })
    expect(await run(once)).toBe(exitCode.ok)
    const stream = top({ json: true })
    const ended = run(stream)
    await expect.poll(() => stream.out).toContain('\n')
    stream.interrupt()
    expect(await ended).toBe(exitCode.ok)
    expect(stream.out).toBe(once.out)
    expect(JSON.parse(once.out)).toEqual({
      apiVersion: 1,
      kind: 'status',
      at: once.clock.wallMs(),
      status: statusView(),
    })
  })

  it('fails at once when there is no daemon, also as a stream', async () => {
    const gone = { ...daemon, call: () => Promise.reject(new Error('No daemon answers')) }
    for (const args of [[], ['--once']]) {
      await expect(run(top({ args, json: true, client: gone }))).rejects.toThrow('No daemon answers')
    }
  })

  it('chooses no screen of what tells all', async () => {
    await expect(run(top({ args: ['--screen', 'tasks'], json: true }))).rejects.toThrow(
      '--screen has no meaning with --json',
    )
  })
})
