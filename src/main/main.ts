import { homedir, userInfo } from 'node:os'
import { systemClock } from '../adapters/clock.ts'
import type { Cli } from '../cli/command.ts'
import { commands } from '../cli/commands.ts'
import { splitArguments, type SplitArguments } from '../cli/global-options.ts'
import { createOutput, type Output } from '../cli/output.ts'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import { reportError } from './report-error.ts'
import { version } from './version.ts'

/** Runs one command line to its end and sets the exit code. The only place that prints errors. */
export async function main(process: NodeJS.Process): Promise<void> {
  leaveQuietlyOnClosedPipe(process)
  const wantsJson = process.argv.includes('--json')
  try {
    const split = splitArguments(process.argv.slice(2))
    const output = createOutput(process, { colour: split.colour, env: process.env })
    process.exitCode = await runCommand(split, output, process)
  } catch (error) {
    process.exitCode = reportError(error, process.stderr, wantsJson)
  }
}

async function runCommand(split: SplitArguments, output: Output, process: NodeJS.Process): Promise<ExitCode> {
  const cli = createCli(split, output, process)
  const entry = split.command === undefined ? undefined : commands.find(({ name }) => name === split.command)
  if (entry) return (await entry.load()).run(cli)
  const { general } = await import('../cli/general.ts')
  return general(cli, split.command, commands)
}

function createCli(split: SplitArguments, output: Output, process: NodeJS.Process): Cli {
  const clock = systemClock()
  const place = { env: process.env, cwd: process.cwd(), uid: process.getuid?.() ?? -1, home: homedir() }
  return {
    args: split.args,
    options: { config: split.config, json: split.json },
    output,
    stdin: process.stdin,
    env: process.env,
    cwd: place.cwd,
    clock,
    version,
    interrupted: () => interrupted(process),
    local: {
      daemon: async () => {
        throw new UserError('not wired yet')
      },
    },
    async client() {
      const { locateSocket } = await import('../config/locate.ts')
      const { createClient } = await import('../client/client.ts')
      const { socket } = await locateSocket({ ...place, configPath: split.config })
      return createClient({
        socketPath: socket,
        actor: `cli:${userName(process)}`,
        clock,
        onSkew: (daemon, ours) =>
          output.note(
            `jrctl: the daemon speaks version ${daemon} of the API, this command version ${ours}; restart the older one`,
          ),
      })
    },
  }
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the program as it always did. */
function interrupted(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

function userName(process: NodeJS.Process): string {
  try {
    return userInfo().username
  } catch {
    // An id without an entry in /etc/passwd, as in containers.
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

/** `jrctl … | head` is no error. */
function leaveQuietlyOnClosedPipe(process: NodeJS.Process): void {
  const leave = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? exitCode.ok)
  }
  process.stdout.on('error', leave)
  process.stderr.on('error', leave)
}
