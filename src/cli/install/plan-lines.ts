import type { OldProcess } from '../../domain/install/old-fleet.ts'
import type { InstallStep } from '../../domain/install/step.ts'
import { safe } from '../../text/fit.ts'
import { age, count } from '../../text/format.ts'
import type { Output } from '../output.ts'
import { tableLines } from '../table.ts'
import type { PreparedInstall } from './service.ts'
import { restartWords, stepWords } from './step-words.ts'

/** A diff of more lines is of a file that nobody reads in a terminal. */
const diffLinesMax = 400

/**
 * A plan as people read it.
 * @param isWhole New units are shown in full, too.
 */
export function planLines(
  { about, plan }: PreparedInstall,
  output: Output,
  { isWhole }: { isWhole: boolean },
): string[] {
  return plan.steps.flatMap((step) => [
    `  ${markOf(step)} ${stepWords(step, about.root)}${asideWords(step)}`,
    ...detailLines(step, output, isWhole),
  ])
}

function asideWords(step: InstallStep): string {
  return 'keepOld' in step && step.keepOld ? " (somebody's: it is kept as .bak)" : ''
}

/** What is about to come is told apart from what goes and what changes. */
function markOf(step: InstallStep): string {
  switch (step.kind) {
    case 'remove_file':
    case 'remove_folder':
    case 'remove_tree':
    case 'disable':
    case 'stop':
    case 'stop_daemon':
    case 'end_left':
    case 'switch_off':
    case 'end_processes':
      return '-'
    case 'write_file':
    case 'copy_program':
      return step.isNew ? '+' : '~'
    case 'write_crontab':
      return '~'
    case 'linger':
      return step.on ? '+' : '-'
    case 'make_folder':
    case 'make_own_folder':
    case 'note_record':
    case 'reload':
    case 'enable':
    case 'reload_daemon':
    case 'start':
      return '+'
    default:
      return step satisfies never
  }
}

function detailLines(step: InstallStep, output: Output, isWhole: boolean): string[] {
  if (step.kind === 'start') return restartWords(step).map((line) => output.style('dim', `      ${line}`))
  if (step.kind === 'end_processes') return processLines(step.processes, output)
  if (step.kind !== 'write_file' && step.kind !== 'write_crontab') return []
  const isShown = step.kind === 'write_crontab' || !step.isNew || (isWhole && !step.path.endsWith('.toml'))
  if (!isShown) return []
  const shown = step.diff.slice(0, diffLinesMax).map((line) => diffLine(line, output))
  const rest = step.diff.length - shown.length
  return rest > 0 ? [...shown, `      … and ${count(rest, 'line')} more`] : shown
}

function diffLine(line: string, output: Output): string {
  const text = `      ${line.slice(0, 1)}${safe(line.slice(1))}`
  if (line.startsWith('+')) return output.style('green', text)
  if (line.startsWith('-')) return output.style('red', text)
  return output.style('dim', text)
}

function processLines(processes: readonly OldProcess[], output: Output): string[] {
  return tableLines(
    [
      { title: 'PID', align: 'right' },
      { title: 'USER' },
      { title: 'AGE', align: 'right' },
      { title: 'COMMAND', flexible: true },
    ],
    processes.map(({ pid, user, ageMs, commandLine }) => [
      String(pid),
      safe(user),
      age(ageMs),
      safe(commandLine),
    ]),
    output,
    6,
  )
}
