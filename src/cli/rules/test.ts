import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Decided, Decision, RuleVerdict } from '../../domain/cycle/decision.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import { messageOf, UserError } from '../../errors.ts'
import { fit, prepareWidths, safe } from '../../text/fit.ts'
import { bytes, moment } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { decisionLines } from '../../text/decision-words.ts'
import type { RuleDesk } from './desk.ts'
import { knownOfRules } from './known.ts'

/** `jrctl rules test [--snapshot FILE]`: what would be decided; nothing is done. */
export async function test(cli: Cli, file: string | undefined): Promise<void> {
  const desk = await cli.local.rules()
  const { snapshot, rests } = file === undefined ? await live(cli) : await saved(cli, desk, file)
  const decided = desk.decide(snapshot, rests)
  if (cli.options.json) {
    const { takenAt, nodeId } = snapshot
    return cli.output.json({ path: desk.path, snapshot: { takenAt, nodeId }, ...decided })
  }
  await prepareWidths(decided.verdicts.map(({ reason }) => safe(reason)))
  for (const line of report(snapshot, decided, cli.output, cli.clock.wallMs())) cli.output.line(line)
}

interface Seen {
  snapshot: Snapshot
  rests: Readonly<Record<string, number>>
}

async function live(cli: Cli): Promise<Seen> {
  const client = await cli.client()
  const { snapshot } = await client.call('orchestratorSnapshot', {})
  return { snapshot, rests: (await knownOfRules(cli))?.rests ?? {} }
}

/** Who rested then is not in a snapshot; who asks about one wants to know what the rules say of it. */
async function saved(cli: Cli, desk: RuleDesk, file: string): Promise<Seen> {
  const text = file === '-' ? await textOf(cli.stdin) : await fileText(resolve(cli.cwd, file))
  return { snapshot: desk.readSnapshot(text, file === '-' ? 'stdin' : file), rests: {} }
}

/** A snapshot has 2 MB at most. */
const bytesMax = 16 * 2 ** 20

async function fileText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > bytesMax) throw tooLarge(path)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

async function textOf(stdin: Cli['stdin']): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stdin) {
    const buffer = Buffer.from(part)
    size += buffer.length
    if (size > bytesMax) throw tooLarge('stdin')
    parts.push(buffer)
  }
  return Buffer.concat(parts).toString('utf8')
}

function tooLarge(name: string): UserError {
  return new UserError(`${name} is larger than ${bytes(bytesMax)}, and so no snapshot`, {
    hint: 'save one by: jrctl orchestrator snapshot --json > snapshot.json',
  })
}

function report(
  snapshot: Snapshot,
  { decisions, verdicts }: Decided,
  output: Output,
  nowMs: number,
): string[] {
  const { system, takenAt } = snapshot
  const others = verdicts.filter(({ verdict }) => verdict !== 'fired')
  const heading = (text: string) => output.style('bold', text)
  return [
    `Snapshot of ${moment(takenAt, nowMs)}, health ${system.score} of 100 (${system.status})`,
    '',
    ...(decisions.length === 0
      ? [heading('Nothing would be decided')]
      : [heading('Would be decided, in this order; nothing was done')]),
    ...decisions.flatMap((decision) => decidedLines(decision, output)),
    '',
    heading('The others'),
    ...others.map((verdict) => fit(verdictLine(verdict), output.columns)),
  ]
}

function decidedLines(decision: Decision, output: Output): string[] {
  const { priority, rule, action, reason } = decision
  return [
    `  ${String(priority).padStart(2)}  ${output.style('green', rule)} → ${action}`,
    fit(`      ${safe(reason)}`, output.columns),
    ...decisionLines(decision).map((line) => fit(`      ${line}`, output.columns)),
  ]
}

const words: Record<RuleVerdict['verdict'], string> = {
  fired: 'fires',
  holds_not: 'not now',
  off: 'off',
  resting: 'rests',
  nothing_to_do: 'nothing to do',
  outranked: 'outranked',
  over_limit: 'over the limit',
  broken: 'broken',
}

function verdictLine({ rule, verdict, reason }: RuleVerdict): string {
  return `  ${rule.padEnd(22)} ${words[verdict].padEnd(14)} ${safe(reason)}`
}
