import { homedir } from 'node:os'
import { systemClock } from '../adapters/clock.ts'
import { terminalLife } from '../adapters/terminal-life.ts'
import type { Cli, CommandEntry } from '../cli/command.ts'
import { commands } from '../cli/commands.ts'
import { splitArguments, type SplitArguments } from '../cli/global-options.ts'
import { createOutput, type Output } from '../cli/output.ts'
import { exitCode, messageOf, OperationalError, UserError, type ExitCode } from '../errors.ts'
import { apiClient, hostOf } from './api-client.ts'
import { folderIfThere, worded } from './deleted-folder.ts'
import type { Installed } from './installed.ts'
import { localServices } from './local-services.ts'
import { notedLayouts } from './noted-layouts.ts'
import type { Origin } from './origin.ts'
import { remoteServices } from './remote-services.ts'
import { reportError } from './report-error.ts'
import { asksForHealth } from './asks-for-health.ts'
import { version } from './version.ts'

/** Runs one command line to its end and sets the exit code. The only place that prints errors. */
export async function main(process: NodeJS.Process): Promise<void> {
  const wantsJson = process.argv.includes('--json')
  try {
    if (process.env['JRCTL_ENVIRONMENT_FILE'] !== undefined)
      (await import('./environment-file.ts')).takeEnvironmentFile(process.env)
    const split = splitArguments(process.argv.slice(2))
    const output = createOutput(process, { colour: split.colour, env: process.env })
    process.exitCode = await runCommand(split, output, process)
  } catch (thrown) {
    const error = worded(thrown)
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
  const entry = split.command === undefined ? undefined : commands.find(({ name }) => name === split.command)
  const cli = createCli(split, output, process, await installedFor(entry, split, process))
  surviveClosedOutput(process, entry?.serves ?? false, split.json)
  if (entry !== undefined && split.host !== undefined) refuseHere(entry)
  if (entry) return (await entry.load()).run(cli)
  const { general } = await import('../cli/general.ts')
  return general(cli, split.isLed ? undefined : split.command, commands)
}

/** Somebody who names a daemon elsewhere must not be answered by this machine. */
function refuseHere({ name, here }: CommandEntry): void {
  if (here !== true) return
  throw new UserError(`--host has no meaning for \`jrctl ${name}\`, which works on this machine alone`, {
    hint: 'Run it over there.',
  })
}

/** Whoever runs a command of an installed fleet, it looks where the fleet's units do. */
async function installedFor(
  entry: CommandEntry | undefined,
  split: SplitArguments,
  process: NodeJS.Process,
): Promise<Installed | null> {
  if (entry === undefined || entry.apart === true) return null
  const account = { env: process.env, home: homedir(), uid: process.getuid?.() ?? -1 }
  if (notedLayouts(account).length === 0) return null
  const installed = (await import('./installed.ts')).joinInstalled(process, split)
  if (installed?.kind === 'mistrusted')
    process.stderr.write(
      `jrctl: warning: ${installed.record} is not heeded: it ${installed.why}\n  ${installed.remedy}\n`,
    )
  return installed
}

function createCli(
  split: SplitArguments,
  output: Output,
  process: NodeJS.Process,
  installed: Installed | null,
): Cli {
  const clock = systemClock()
  const { config: configPath, host, json } = split
  const origin: Origin = { process, configPath, host, json, clock, installed }
  let client: ReturnType<typeof apiClient> | undefined
  return {
    args: split.args,
    options: { config: split.config, json: split.json },
    output,
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    cwd: folderIfThere(process),
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
function surviveClosedOutput(process: NodeJS.Process, serves: boolean, wantsJson: boolean): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (serves) return
    if (isGone(error, process)) process.exit(process.exitCode ?? exitCode.ok)
    // A full disk, say: no bug of ours. What was to be printed is lost, and nobody can be told more than that.
    process.exit(reportError(unwritable(error), process.stderr, wantsJson))
  }
  process.stdout.on('error', onError)
  process.stderr.on('error', onError)
}

function unwritable(cause: Error): OperationalError {
  return new OperationalError(`what was to be printed could not be written: ${messageOf(cause)}`, {
    code: 'output.unwritable',
    retryable: true,
    hint: 'See to where the output goes, such as a full disk; then run it again.',
    cause,
  })
}

/** Its reader is gone, or its terminal: what was written to that fails as if a disk had. */
function isGone({ code }: NodeJS.ErrnoException, { stdout, stderr }: NodeJS.Process): boolean {
  return code === 'EPIPE' || (code === 'EIO' && (stdout.isTTY || stderr.isTTY))
}
