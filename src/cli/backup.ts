import { resolve } from 'node:path'
import { exitCode, type ExitCode } from '../errors.ts'
import { madeLines, seenLines } from './backup/lines.ts'
import { toldProgress } from './backup/told-progress.ts'
import type { Cli } from './command.ts'
import { filePath, folderPath, integer } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

interface BackupOptions {
  secrets: boolean
  keep?: number
  stateDir?: string
}

const details = `
One file, of one moment, while the fleet works on: the local state with the ledger and the dead letters, the embedded
database, the configuration, the API token and the database's passwords. A database of your own is not in it: that is
pg_dump's. Neither are logs. TARGET is a file, a folder (the file is named for node and time), or - for stdout. A folder
that is not there is made where TARGET ends in / or --keep is given.

The file is a tar, compressed with zstd, for its owner alone (0600): with the secrets in it, keep it as you keep a password.
It is there whole, or not at all. See it with \`jrctl backup verify FILE\`, bring it back with \`jrctl restore FILE\`.
`

/** `jrctl backup TARGET`, `jrctl backup verify FILE` */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'backup',
    summary: 'Write the local state and the embedded database into one file',
    examples: [
      'jrctl backup /var/backups/jrctl --keep 14',
      'jrctl backup before-upgrade.tar.zst',
      'jrctl backup - | ssh safe.example.org "cat > jrctl.tar.zst"',
      'jrctl backup verify before-upgrade.tar.zst',
    ],
    details,
  })
    .usage('[options] <target>')
    .argument('<target>', 'a file, a folder, or - for stdout')
    .option('--without-secrets', "leave the API token, the database's passwords and the configuration out")
    .option(
      '--keep <count>',
      'of a folder: remove all but so many of the backups of this node',
      integer(1, 10_000),
    )
    .option('--state-dir <folder>', 'where the local state is, above what the configuration says', folderPath)
    .action((target: string, options: { withoutSecrets?: boolean } & Omit<BackupOptions, 'secrets'>) =>
      create(cli, target, { ...options, secrets: options.withoutSecrets !== true }),
    )
  addSubcommand(parser, 'verify', {
    summary: 'Prove that a backup is as it was written, and sound; changes nothing',
    examples: [
      'jrctl backup verify before-upgrade.tar.zst',
      'jrctl backup verify before-upgrade.tar.zst --json',
    ],
  })
    .argument('<file>', 'what `jrctl backup` wrote', filePath)
    .action((file: string) => verify(cli, file))
  return runParser(parser, cli, () => exitCode.ok)
}

async function create(cli: Cli, target: string, { secrets, keep, stateDir }: BackupOptions): Promise<void> {
  const made = await cli.local.backup.create({
    target,
    stateDir,
    secrets,
    keep: keep ?? null,
    progress: toldProgress(cli),
    signal: cli.interrupted(),
  })
  for (const note of made.notes) cli.output.note(note)
  if (made.file === null) return cli.output.note(`Backed up: SHA-256 ${made.sha256}`)
  const { file } = made
  if (cli.options.json) return cli.output.json(made)
  for (const line of madeLines({ ...made, file })) cli.output.line(line)
}

async function verify(cli: Cli, file: string): Promise<void> {
  const seen = await cli.local.backup.verify({
    file: resolve(cli.cwd, file),
    progress: toldProgress(cli),
    signal: cli.interrupted(),
  })
  if (cli.options.json) return cli.output.json(seen)
  for (const line of seenLines(seen, cli.clock.wallMs())) cli.output.line(line)
}
