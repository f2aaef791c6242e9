import { StringDecoder } from 'node:string_decoder'
import { systemPipes } from '../adapters/process/pipes.ts'
import { systemRandom } from '../adapters/random.ts'
import type { CommandOrder, CommandOutcome } from '../cli/local-services.ts'
import { createCommandHost } from '../worker/command-process.ts'
import { createTailRing } from '../worker/tail-ring.ts'
import type { Origin } from './origin.ts'

/** What an error shows of a command's stderr. */
const stderrTailBytes = 4_096
/** Between asking its tree to end and ending it. */
const stopGraceMs = 2_000

/** Runs a program once, with its input and its bounded output as text. Never rejects for what the program does. */
export async function runCommand(
  order: CommandOrder,
  signal: AbortSignal,
  { process, clock }: Origin,
): Promise<CommandOutcome> {
  const mark = systemRandom().hex(16)
  const stdout = keepStart(order.outputBytesMax)
  const stderr = createTailRing(stderrTailBytes)
  const decoder = new StringDecoder()
  const spawned = await createCommandHost(
    clock,
    systemPipes(),
  )({
    command: order.command,
    env: { ...onlyStrings(order.env), JRCTL_ATTEMPT_MARK: mark },
    mark,
    stdin: order.stdin,
    stdout,
    stderr: {
      push(chunk) {
        stderr.push(decoder.write(chunk))
        process.stderr.write(chunk)
      },
      end() {},
    },
  })
  if (spawned.kind !== 'started') return spawned
  const stop = (): void => spawned.command.end(stopGraceMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const { code, signal: endedBy } = await spawned.command.ended
  signal.removeEventListener('abort', stop)
  return {
    kind: 'ended',
    code,
    signal: endedBy,
    stdout: stdout.text(),
    stderr: stderr.text(),
    isCut: stdout.isCut(),
  }
}

/** Keeps all of what it is given, or, of more than so many bytes, nothing that came later. */
function keepStart(bytesMax: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    push(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
    },
    end(): void {},
    text: () => Buffer.concat(chunks).toString('utf8'),
    isCut: () => bytes > bytesMax,
  }
}

function onlyStrings(env: CommandOrder['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
