import type { DeadLetterView } from '../../contract/outputs.ts'
import type { DeadLetter, DeadLetterId } from '../../domain/dead-letter.ts'
import { sanitize } from '../../domain/sanitize.ts'
import type { Json } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { moment } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { attemptLines } from '../tasks/attempts.ts'
import { atDesk } from './desk.ts'

/** `jrctl dlq show ID` */
export async function show(cli: Cli, id: DeadLetterId): Promise<ExitCode> {
  const view = await atDesk(cli, (desk) => desk.call('getDeadLetter', { id }))
  if (cli.options.json) cli.output.json(view)
  else for (const line of letterReport(view, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** All that is known of a letter, for a person. */
export function letterReport(
  { letter, task, attempts }: DeadLetterView,
  output: Output,
  nowMs: number,
): string[] {
  const label = (text: string) => output.style('dim', text.padEnd(14))
  return [
    output.style('bold', `${headOf(letter)}  ${safe(letter.title)}`),
    ...factsOf(letter, nowMs).map(([name, value]) => `  ${label(name)}${value}`),
    ...section(output, 'Error', task?.error ?? letter.error),
    ...section(output, 'Payload', textOf(task?.description ?? letter.payload)),
    ...section(output, 'Result', textOf(task?.result ?? null)),
    ...attemptLines(attempts, output, nowMs),
  ]
}

/** Only what is dead is called so; what is alive again, or was done since, is the plain thing. */
function headOf({ kind, id, state }: DeadLetter): string {
  const words = state === 'dead' || state === 'purged' ? `${state} ${kind}` : kind
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${id}`
}

function factsOf(letter: DeadLetter, nowMs: number): [string, string][] {
  const time = (epochMs: number | null) => (epochMs === null ? null : moment(epochMs, nowMs))
  const { attempts, maxAttempts, replays } = letter
  const isUnknown = letter.state === 'purged' && attempts === 0
  const tries = isUnknown ? null : maxAttempts === null ? String(attempts) : `${attempts} of ${maxAttempts}`
  const facts: [string, string | null][] = [
    ['state', stateOf(letter)],
    ['Jr', letter.jrName === null ? 'nobody yet' : safe(letter.jrName)],
    ['department', letter.department === null ? null : safe(letter.department)],
    ['node', letter.nodeId === null ? null : safe(letter.nodeId)],
    ['died', time(letter.diedAt)],
    [letter.kind === 'worker' ? 'restarts' : 'tries', tries],
    ['replayed', replays === 0 ? null : `${replays} ×`],
    [letter.state === 'purged' ? 'purged' : 'last replay', settled(letter, nowMs)],
    ['schedule', letter.schedule === null ? null : safe(letter.schedule)],
    ['last healthy', time(letter.lastHealthCheckAt)],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}

function stateOf({ state, status }: DeadLetter): string {
  return status === null || state === 'dead' ? state : `${state}, now ${status.replace('_', ' ')}`
}

function settled({ settledAt, settledBy }: DeadLetter, nowMs: number): string | null {
  if (settledAt === null) return null
  return `${moment(settledAt, nowMs)}${settledBy === null ? '' : `, by ${safe(settledBy)}`}`
}

/** Shown whole up to here; `--json` has it all. */
const shownCharacters = 20_000

function textOf(value: Json): string | null {
  if (value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

function section(output: Output, title: string, content: string | null): string[] {
  if (content === null || content.trim() === '') return []
  const lines = sanitize(content, { multiline: true, lengthMax: shownCharacters }).split('\n')
  return ['', output.style('bold', title), ...lines.map((line) => `  ${line}`)]
}
