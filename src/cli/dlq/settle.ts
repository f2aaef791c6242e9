import {
  deadLetterLimits,
  taskOfDeadLetter,
  type DeadLetter,
  type DeadLetterId,
  type DeathVerdict,
} from '../../domain/dead-letter.ts'
import { exitCode, OperationalError, type ExitCode } from '../../errors.ts'
import { doneWords, verdictSentence, type Wish } from '../../text/death-verdict.ts'
import { count, number } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { confirm } from './confirm.ts'
import { atDesk, type DeadLetterDesk } from './desk.ts'
import { letterLines } from './rows.ts'
import { select, type SelectionOptions } from './selection.ts'
import { verdictCode } from './verdict-code.ts'

export interface SettleOptions extends SelectionOptions {
  dryRun?: boolean
  yes?: boolean
}

/** Letters that a preview shows; the rest is a number. */
const previewMax = 10
/** Refusals told one by one. */
const toldMax = 20
const progressEveryMs = 1_000

/** `jrctl dlq replay` and `purge`: select, preview, ask, settle in batches, tell. */
export function settle(
  cli: Cli,
  wish: Wish,
  ids: readonly DeadLetterId[],
  options: SettleOptions,
): Promise<ExitCode> {
  return atDesk(cli, async (desk) => {
    const { letters, others } = await select(desk, ids, options, cli.clock.wallMs())
    if (options.dryRun === true) return preview(cli, wish, letters, others)
    if (letters.length > 0 && !(await mayGoOn(cli, wish, letters, options))) return exitCode.failed
    const { verdicts, interrupted } = await settleAll(cli, desk, wish, letters)
    return report(cli, wish, letters, [...verdicts, ...others], interrupted)
  })
}

async function preview(
  cli: Cli,
  wish: Wish,
  letters: readonly DeadLetter[],
  others: readonly DeathVerdict[],
): Promise<ExitCode> {
  if (cli.options.json) {
    const ids = letters.map(({ id }) => id)
    cli.output.json({ dryRun: true, wish, count: ids.length, ids, others })
  } else {
    await showSome(cli, letters)
    cli.output.line(`${count(letters.length, 'dead letter')} would be ${doneWords[wish]}.`)
  }
  return tellOthers(cli, wish, others)
}

async function showSome(cli: Cli, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  const shown = letters.slice(0, previewMax)
  for (const line of await letterLines(shown, cli.output, cli.clock.wallMs())) cli.output.line(line)
  if (letters.length > shown.length) cli.output.line(`… and ${number(letters.length - shown.length)} more`)
}

async function mayGoOn(
  cli: Cli,
  wish: Wish,
  letters: readonly DeadLetter[],
  { yes }: SettleOptions,
): Promise<boolean> {
  if (yes === true) return true
  const isSeen = cli.output.isTerminal && cli.stdin.isTTY === true && !cli.options.json
  if (isSeen) await showSome(cli, letters)
  const forGood = wish === 'purge' ? ' for good' : ''
  return confirm(
    cli,
    `${wish === 'purge' ? 'Purge' : 'Replay'} ${count(letters.length, 'dead letter')}${forGood}?`,
    {
      isSeen,
      needed: wish === 'purge',
    },
  )
}

/** Batch by batch; an interruption ends it between two. What was done stays done, and doing it again skips it. */
async function settleAll(
  cli: Cli,
  desk: DeadLetterDesk,
  wish: Wish,
  letters: readonly DeadLetter[],
): Promise<{ verdicts: DeathVerdict[]; interrupted: boolean }> {
  const verdicts: DeathVerdict[] = []
  const route = wish === 'replay' ? 'replayDeadLetters' : 'purgeDeadLetters'
  const interrupt = letters.length > deadLetterLimits.batch ? cli.interrupted() : undefined
  let toldMs = cli.clock.monotonicMs()
  for (let from = 0; from < letters.length; from += deadLetterLimits.batch) {
    if (interrupt?.aborted === true) return { verdicts, interrupted: true }
    const batch = letters.slice(from, from + deadLetterLimits.batch)
    const wishes = batch.map(({ id, version }) => ({ id, version }))
    try {
      verdicts.push(...(await desk.call(route, { letters: wishes })).verdicts)
    } catch (error) {
      throw from === 0 ? error : brokenOff(error, wish, verdicts, letters.length)
    }
    if (cli.clock.monotonicMs() - toldMs < progressEveryMs) continue
    toldMs = cli.clock.monotonicMs()
    cli.output.note(`${number(verdicts.length)} of ${number(letters.length)} …`)
  }
  return { verdicts, interrupted: false }
}

function brokenOff(error: unknown, wish: Wish, verdicts: readonly DeathVerdict[], all: number): unknown {
  if (!(error instanceof OperationalError)) return error
  const done = verdicts.filter(({ kind }) => kind === 'done').length
  return new OperationalError(
    `${error.message} (after ${number(done)} of ${number(all)} were ${doneWords[wish]})`,
    {
      code: error.code,
      retryable: error.retryable,
      hint: 'Run it again: what is done is not done twice.',
      cause: error,
    },
  )
}

function report(
  cli: Cli,
  wish: Wish,
  letters: readonly DeadLetter[],
  verdicts: readonly DeathVerdict[],
  interrupted: boolean,
): ExitCode {
  const done = verdicts.filter(({ kind }) => kind === 'done')
  const already = verdicts.filter(({ kind }) => kind === doneWords[wish])
  const word = doneWords[wish]
  if (cli.options.json) {
    cli.output.json({
      dryRun: false,
      wish,
      done: done.length,
      already: already.length,
      interrupted,
      verdicts,
    })
  } else {
    const before = already.length === 0 ? '' : `, ${number(already.length)} had been ${word} already`
    cli.output.line(`${count(done.length, 'dead letter')} ${word}${before}.`)
    const tasks = done.map(({ id }) => id).filter((id) => taskOfDeadLetter(id) !== undefined)
    if (wish === 'replay' && tasks.length > 0) cli.output.note(undoHint(tasks))
  }
  const code = tellOthers(cli, wish, verdicts)
  if (!interrupted) return code
  const left = letters.length - done.length
  cli.output.note(`Interrupted: ${number(left)} are left. Run it again to go on.`)
  return exitCode.failed
}

/** So many ids fit into a line that a person may paste. */
const hintIds = 10

function undoHint(ids: readonly DeadLetterId[]): string {
  const which = ids.length <= hintIds ? ids.join(' ') : 'ID…'
  return `To take it back: jrctl tasks cancel ${which}`
}

/** Says what became of the others; answers the first code that is not ok. */
function tellOthers(cli: Cli, wish: Wish, verdicts: readonly DeathVerdict[]): ExitCode {
  let code: ExitCode = exitCode.ok
  let told = 0
  let untold = 0
  for (const verdict of verdicts) {
    if (verdict.kind === 'done') continue
    if (code === exitCode.ok) code = verdictCode(verdict.kind, wish)
    if (cli.options.json) continue
    if (told < toldMax) cli.output.note(verdictSentence(verdict, wish, cli.clock.wallMs()))
    else untold += 1
    told += 1
  }
  if (untold > 0) cli.output.note(`… and ${number(untold)} more like these; --json tells all.`)
  return code
}
