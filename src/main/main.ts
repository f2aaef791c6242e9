import { systemClock } from '../adapters/clock.ts'
import { terminalLife } from '../adapters/terminal-life.ts'
import type { Cli, CommandEntry } from '../cli/command.ts'
import { commands } from '../cli/commands.ts'
import { splitArguments, type SplitArguments } from '../cli/global-options.ts'
import { createOutput, type Output } from '../cli/output.ts'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import { apiClient, hostOf } from './api-client.ts'
import { localServices } from './local-services.ts'
import type { Origin } from './origin.ts'
import { remoteServices } from './remote-services.ts'
import { reportError } from './report-error.ts'
import { asksForHealth } from './asks-for-health.ts'
import { version } from './version.ts'

/** Runs one command line to its end and sets the exit code. The only place that prints errors. */
export async function main(process: NodeJS.Process): Promise<void> {
  const wantsJson = process.argv.includes('--json')
  try {
    const split = splitArguments(process.argv.slice(2))
    const output = createOutput(process, { colour: split.colour, env: process.env })
    process.exitCode = await runCommand(split, output, process)
  } catch (error) {
    process.exitCode = asksForHealth(process.argv)
      ? (await import('./report-unknown.ts')).reportUnknown(error, process.stdout, wantsJson)
      : reportError(error, process.stderr, wantsJson)
  }
  await Promise.all([handedOver(process.stdout), handedOver(process.stderr)])
  // A command that has answered is over: a connection that hangs while it is closed must not keep its caller waiting.
  systemClock().after(lingerMs, () => process.exit(), { background: true })
}

const lingerMs = 300

/** Settles when a slow reader has taken all that was written to it: a pipe is written in the background. */
function handedOver(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve()
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}

async function runCommand(split: SplitArguments, output: Output, process: NodeJS.Process): Promise<ExitCode> {
  const cli = createCli(split, output, process)
  const entry = split.command === undefined ? undefined : commands.find(({ name }) => name === split.command)
  surviveClosedOutput(process, entry?.serves ?? false)
  if (entry !== undefined && split.host !== undefined) refuseHere(entry)
  if (entry) return (await entry.load()).run(cli)
  const { general } = await import('../cli/general.ts')
  return general(cli, split.command, commands)
}

/** Somebody who names a daemon elsewhere must not be answered by this machine. */
function refuseHere({ name, here }: CommandEntry): void {
  if (here !== true) return
  throw new UserError(`--host has no meaning for \`jrctl ${name}\`, which works on this machine alone`, {
    hint: 'Run it over there.',
  })
}

function createCli(split: SplitArguments, output: Output, process: NodeJS.Process): Cli {
  const clock = systemClock()
  const origin: Origin = { process, configPath: split.config, host: split.host, json: split.json, clock }
  let client: ReturnType<typeof apiClient> | undefined
  return {
    args: split.args,
    options: { config: split.config, json: split.json },
    output,
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    cwd: process.cwd(),
    clock,
    version,
    nodeVersion: process.versions.node,
    interrupted: () => interrupted(process),
    local:
      hostOf(origin) === undefined ? localServices(origin) : remoteServices(localServices(origin), origin),
    client: (manner) => (client ??= apiClient(origin, manner)),
    terminal: terminalLife(process, clock),
  }
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the program as it always did. */
function interrupted(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/**
 * `jrctl … | head` is no error and ends at once. A command that serves others goes on when its terminal or reader is gone:
 * workers and tasks must not end with somebody's pager.
 */
function surviveClosedOutput(process: NodeJS.Process, serves: boolean): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (serves) return
    if (!isGone(error, process)) throw error
    process.exit(process.exitCode ?? exitCode.ok)
  }
  process.stdout.on('error', onError)
  process.stderr.on('error', onError)
}

/** Its reader is gone, or its terminal: what was written to that fails as if a disk had. */
function isGone({ code }: NodeJS.ErrnoException, { stdout, stderr }: NodeJS.Process): boolean {
  return code === 'EPIPE' || (code === 'EIO' && (stdout.isTTY || stderr.isTTY))
}
