import { Readable } from 'node:stream'
import type { Cli } from '../../src/cli/command.ts'
import type { LocalServices } from '../../src/cli/local-services.ts'
import { createOutput } from '../../src/cli/output.ts'
import type { ApiClient } from '../../src/client/client.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeTerminalLife } from '../fakes/terminal-life.ts'

export interface FakeCli extends Cli {
  /** All that was written. */
  readonly out: string
  readonly err: string
  /** Sends SIGINT, as it were. */
  interrupt(): void
}

export interface FakeCliOptions {
  args?: readonly string[]
  json?: boolean
  stdin?: string
  cwd?: string
  env?: Readonly<Record<string, string>>
  columns?: number
  client?: ApiClient
  local?: Partial<LocalServices>
}

/** A command line without a process: what it writes is kept, what it needs is given. */
export function fakeCli(options: FakeCliOptions = {}): FakeCli {
  let out = ''
  let err = ''
  const interruption = new AbortController()
  const stdout = { isTTY: false, write: (text: string) => ((out += text), true) }
  const stderr = { write: (text: string) => ((err += text), true) }
  const output = createOutput(
    {
      stdout: stdout as unknown as NodeJS.WritableStream,
      stderr: stderr as unknown as NodeJS.WritableStream,
    },
    { colour: true, env: {} },
  )
  return {
    args: options.args ?? [],
    options: { config: undefined, json: options.json ?? false },
    output: { ...output, columns: options.columns ?? 80 },
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: stdout as unknown as NodeJS.WritableStream,
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    clock: fakeClock(),
    version: '1.2.3',
    nodeVersion: '26.10.0',
    client: async () => {
      if (options.client) return options.client
      throw new Error('this test has no daemon')
    },
    local: (options.local ?? {}) as LocalServices,
    interrupted: () => interruption.signal,
    terminal: fakeTerminalLife(),
    interrupt: () => interruption.abort(),
    get out() {
      return out
    },
    get err() {
      return err
    },
  }
}
