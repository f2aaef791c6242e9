import { resolve } from 'node:path'
import type { LedgerVerdict } from '../ports/ledger.ts'
import { apiVersion } from '../contract/views.ts'
import { exitCode, messageOf, OperationalError, type ExitCode } from '../errors.ts'
import { safe } from '../text/fit.ts'
import { count } from '../text/format.ts'
import type { Cli } from './command.ts'

export interface VerifyOptions {
  file?: string
}

/** `jrctl ledger verify`: by the daemon, or straight from a file, which then is only read. */
export async function verify(cli: Cli, { file }: VerifyOptions): Promise<ExitCode> {
  const verdict = file === undefined ? await verifyOwn(cli) : await verifyFile(cli, resolve(cli.cwd, file))
  if (cli.options.json) cli.output.json(verdict)
  else if (verdict.ok)
    cli.output.line(`The ledger is whole: ${verdict.entries} entries, head ${verdict.head}`)
  else for (const line of await brokenLines(cli, verdict, file)) cli.output.line(line)
  return verdict.ok ? exitCode.ok : exitCode.failed
}

async function verifyOwn(cli: Cli): Promise<LedgerVerdict> {
  try {
    return await (await cli.client()).call('verifyLedger', {})
  } catch (error) {
    const isAway = error instanceof OperationalError && error.code.startsWith('daemon.')
    if (!isAway) throw error
    const verdict = await verifyFile(cli, undefined)
    cli.output.note(`${messageOf(error)}; ${safe(verdict.file)} was read instead, and nothing written.`)
    return verdict
  }
}

async function verifyFile(cli: Cli, file: string | undefined) {
  return { apiVersion, ...(await cli.local.ledger.verify(file)) }
}

/** What is broken, what still holds, and what to do. */
async function brokenLines(
  cli: Cli,
  { brokenAt, reason }: Extract<LedgerVerdict, { ok: false }>,
  file: string | undefined,
): Promise<string[]> {
  const first = [
    `The ledger is broken at entry ${brokenAt}: ${safe(reason)}`,
    brokenAt > 1
      ? `  The entries before ${brokenAt} are as they were written; those from there on prove nothing.`
      : '  No entry of it proves anything.',
  ]
  if (file !== undefined) return first
  // What is said of the ledger must not depend on a configuration that is broken meanwhile.
  const files = await cli.local.ledger.files().catch(() => null)
  if (files === null) return first
  const { path, setAside } = files
  return [
    ...first,
    `  → Keep a copy of it, and find out who could write there: ${safe(path)} (with its -wal, if there is one)`,
    '  → See whether what it says of tasks is true all the same: jrctl ledger replay --check',
    '  → For a chain that verifies: stop the daemon, move these files away, start it. The history of tasks comes',
    '    back from the events that Postgres still has; which workers were paused is forgotten.',
    ...(setAside.length === 0
      ? []
      : [
          `  ${count(setAside.length, 'damaged file')} of before, set aside (jrctl ledger verify --file FILE):`,
          ...setAside.slice(-shownMax).map((one) => `    ${safe(one)}`),
        ]),
  ]
}

/** More files than this, the latest, would not help. */
const shownMax = 5
