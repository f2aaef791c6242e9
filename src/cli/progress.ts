import { exitCode, OperationalError, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

/**
 * `jrctl progress 40 "half way"`, within a task's command: tells the daemon, by the attempt's key; where that is not to be had,
 * it says it as the line that `jrctl work` reads from the command's stdout.
 */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'progress',
    summary: "Report a task's progress, from within its command",
    examples: ['jrctl progress 40', 'jrctl progress 40 "half way through the files"'],
    details,
  })
    .argument('<percent>', 'how much is done (0–100)', integer(0, 100))
    .argument('[note]', 'what is being done')
    .action(async (percent: number, note = '') => {
      const { JR_TASK_ID: task, JRCTL_SOCKET: socket, JRCTL_ATTEMPT_KEY: key } = cli.env
      // A note is one line: what follows a line break would be output of the command.
      const line = note.replaceAll(/\s+/g, ' ').trim()
      if (key !== undefined && socket !== undefined && (await isTold(cli, percent, line))) return
      if (task === undefined) throw outsideTask()
      cli.output.line(`::progress ${percent} ${line}`.trimEnd())
    })
  return runParser(parser, cli, () => exitCode.ok)
}

const details = `
It asks the daemon on $JRCTL_SOCKET with $JRCTL_ATTEMPT_KEY; without them, or without an answer, it prints a line
for \`jrctl work\`, and its stdout must then be the command's own.
`

/** Progress is a hint: a daemon that takes longer keeps nobody from working. */
const patienceMs = 2_000

/** False: the daemon cannot be asked. Throws what it refuses: an attempt that is no longer ours makes no progress. */
async function isTold(cli: Cli, percent: number, note: string): Promise<boolean> {
  const late = new AbortController()
  const timer = cli.clock.after(patienceMs, () => late.abort())
  try {
    const client = await cli.client()
    await client.call('progressAttempt', { percent, note: note === '' ? null : note }, late.signal)
    return true
  } catch (error) {
    if (error instanceof OperationalError) return false
    throw error
  } finally {
    timer.cancel()
  }
}

function outsideTask(): UserError {
  return new UserError('progress: JR_TASK_ID is not set, so this is no task’s command', {
    hint: 'Call it from what `jrctl work JR -- COMMAND` runs.',
  })
}
