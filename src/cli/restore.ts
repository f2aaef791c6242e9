import { resolve } from 'node:path'
import { exitCode, type ExitCode } from '../errors.ts'
import { restoredLines } from './backup/lines.ts'
import { toldProgress } from './backup/told-progress.ts'
import type { Cli } from './command.ts'
import { filePath, folderPath } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface RestoreOptions {
  dryRun?: boolean
  force?: boolean
  keepNode?: boolean
  stateDir?: string
}

const details = `
The daemon must not run. All of the backup is proven before anything is touched; its database is started once, aside, to see
that it comes up. What is there is replaced only with --force, and then kept in a folder beside it. A crash at any moment
leaves the old or the new, whole: the next start of the daemon ends what was begun. It is done as the account that the daemon
runs as. Where it would go to another folder than it was taken of, --state-dir says which is meant. --dry-run is refused where the
restore itself would be, and says why.

Tasks that were at work then wait again; those done since the backup was taken are done again. On another machine than the one it was
taken on, or in another folder than it was taken of, it becomes another node, so that never two have one name: --keep-node where the
daemon of then starts no more.
`

/** `jrctl restore FILE` */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'restore',
    summary: 'Bring the local state and the embedded database back from a backup',
    examples: [
      'jrctl restore before-upgrade.tar.zst --force --dry-run',
      'jrctl restore before-upgrade.tar.zst --force',
      'jrctl restore before-upgrade.tar.zst --state-dir /var/lib/jrctl',
    ],
    details,
  })
    .argument('<file>', 'what `jrctl backup` wrote', filePath)
    .option('--dry-run', 'prove it, say what it holds and what it would replace, and change nothing')
    .option('--force', 'replace what is there; it is moved aside, not deleted')
    .option('--keep-node', 'on another machine or in another folder: be the node that it was taken of')
    .option(
      '--state-dir <folder>',
      'where the local state goes, above what the configuration says',
      folderPath,
    )
    .action(async (file: string, { dryRun, force, keepNode, stateDir }: RestoreOptions) => {
      const done = await cli.local.backup.restore({
        file: resolve(cli.cwd, file),
        stateDir,
        dryRun: dryRun === true,
        force: force === true,
        keepNode: keepNode === true,
        progress: toldProgress(cli),
        signal: cli.interrupted(),
      })
      if (done.obstacles.length > 0) code = exitCode.failed
      for (const note of done.notes) cli.output.note(note)
      if (cli.options.json) return cli.output.json(done)
      for (const line of restoredLines(done, cli.clock.wallMs())) cli.output.line(line)
    })
  return runParser(parser, cli, () => code)
}
