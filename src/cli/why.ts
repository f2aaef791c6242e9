import { Argument } from 'commander'
import type { WhyView } from '../contract/outputs.ts'
import type { TaskId } from '../domain/ids.ts'
import type { Reason } from '../domain/why/reason.ts'
import { exitCode, messageOf, OperationalError, type ExitCode } from '../errors.ts'
import { fit, prepareWidths, safe } from '../text/fit.ts'
import { wrap } from '../text/wrap.ts'
import type { Cli } from './command.ts'
import { taskIdValue } from './option-values.ts'
import type { Output } from './output.ts'
import { createParser, runParser } from './parser.ts'
import { taskStyle } from './tasks/task-style.ts'

/** `jrctl why ID`: why a task is not running, or where it stands; straight from the database when no daemon answers. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'why',
    summary: 'Say why a task is not running, or where it stands',
    examples: ['jrctl why 42', 'jrctl why 42 --json'],
  })
    .addArgument(new Argument('<id>', 'the task’s id, such as 42').argParser(taskIdValue))
    .action(async (id: TaskId) => {
      const view = await ask(cli, id)
      if (cli.options.json) cli.output.json(view)
      else for (const line of await whyLines(view, cli.output)) cli.output.line(line)
    })
  return runParser(parser, cli, () => exitCode.ok)
}

/** A daemon that is away or does not answer keeps nobody from asking the database. */
async function ask(cli: Cli, id: TaskId): Promise<WhyView> {
  try {
    return await (await cli.client()).call('whyTask', { id })
  } catch (error) {
    const isAway = error instanceof OperationalError && error.code.startsWith('daemon.')
    if (!isAway) throw error
    return cli.local.why({ id, daemonProblem: messageOf(error) })
  }
}

/** One screen. */
export async function whyLines(view: WhyView, output: Output): Promise<string[]> {
  const status = view.status === null ? '' : `  ${view.status}`
  const title = safe(view.title)
  await prepareWidths([title, ...view.reasons.map(({ sentence }) => sentence)])
  const room = Math.max(10, output.columns - `Task ${view.taskId}${status}  `.length)
  const styled = view.status === null ? '' : output.style(taskStyle(view.status), status)
  return [
    `${output.style('bold', `Task ${view.taskId}`)}${styled}  ${fit(title, room)}`,
    ...view.reasons.flatMap((reason) => reasonLines(reason, output)),
  ]
}

const marks = { standing: ' ', blocks: '!', tells: '·' } as const

function reasonLines({ weight, sentence, next }: Reason, output: Output): string[] {
  const mark = weight === 'blocks' ? output.style('yellow', marks.blocks) : marks[weight]
  const [first = '', ...rest] = wrap(safe(sentence), output.columns - 4)
  const steps = next === null ? [] : wrap(safe(next), output.columns - 6)
  return [
    `${mark} ${weight === 'standing' ? output.style('bold', first) : first}`,
    ...rest.map((line) => `  ${weight === 'standing' ? output.style('bold', line) : line}`),
    ...steps.map((line, index) => `    ${output.style('dim', `${index === 0 ? '→' : ' '} ${line}`)}`),
  ]
}
