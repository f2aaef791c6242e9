import { Writable } from 'node:stream'
import type { CommandExit, CommandHost, CommandSpec } from '../../../src/worker/command-process.ts'

/** A program in memory, one life after the other, whose every word a test decides. */
export interface FakeProgram {
  host: CommandHost
  /** Whether one is running. */
  readonly isAlive: boolean
  readonly lives: number
  /** The lines that the present life was given. */
  given(): { attempt: string; task?: { id: number }; cancel?: string }[]
  /** Bytes of its stdout. */
  say(bytes: Buffer): void
  exit(how: Partial<CommandExit>): void
}

export function fakeProgram(): FakeProgram {
  let spec: CommandSpec | undefined
  let received = ''
  let lives = 0
  let ended: ((exit: CommandExit & { treeGone: boolean }) => void) | undefined

  const exit = ({ code = null, signal = null }: Partial<CommandExit>): void => {
    spec?.stdout.end()
    spec?.stderr.end()
    spec = undefined
    ended?.({ code, signal, treeGone: true })
  }
  return {
    host: async (wanted) => {
      spec = wanted
      received = ''
      lives++
      const { promise, resolve } = Promise.withResolvers<CommandExit & { treeGone: boolean }>()
      ended = resolve
      const stdin = new Writable({
        decodeStrings: false,
        write(text: string, _encoding, done) {
          received += text
          done()
        },
        final(done) {
          done()
          exit({ code: 0 })
        },
      })
      const command = {
        pid: lives,
        stdin,
        pauseOutput: () => {},
        ended: promise,
        end: () => exit({ signal: 'SIGKILL' }),
      }
      return { kind: 'started', command }
    },
    get isAlive() {
      return spec !== undefined
    },
    get lives() {
      return lives
    },
    given: () =>
      received
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as ReturnType<FakeProgram['given']>[number]),
    say: (bytes) => spec?.stdout.push(bytes),
    exit,
  }
}
