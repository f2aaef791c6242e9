import type { Command } from 'commander'
import type { ApiClient } from '../client/client.ts'
import type { ExitCode } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { TerminalLife } from '../ports/terminal-life.ts'
import type { LocalServices } from './local-services.ts'
import type { Output } from './output.ts'

/** Options that are taken before or after the command's name. */
export interface GlobalOptions {
  config: string | undefined
  json: boolean
}

/** How the daemon is asked by a command that is no line of a shell; heeded at the first call of `client`. */
export interface ClientManner {
  /** Who asks is `PROGRAM:USER`, self-declared. */
  program: string
  /** Told what there is to say beside the answers (one takes long), in place of a line on stderr. */
  tell(text: string): void
}

/** Everything a command may touch. Made by main; a command imports no adapter and asks `process` for nothing. */
export interface Cli {
  /** What follows the command's name, without the global options. */
  args: readonly string[]
  options: GlobalOptions
  output: Output
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  /** For what draws on the terminal itself; everything else prints through `output`. */
  stdout: NodeJS.WritableStream & { columns?: number; rows?: number }
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  clock: Clock
  /** The version of this program. */
  version: string
  /** That of Node. */
  nodeVersion: string
  /** The daemon's API. Throws OperationalError `daemon.unreachable` only when it is called. */
  client(manner?: ClientManner): Promise<ApiClient>
  /** What works without a daemon. */
  local: LocalServices
  /** Aborted by the first SIGINT or SIGTERM; a command that waits ends on it. Asking for it takes the signals over. */
  interrupted(): AbortSignal
  /** For what holds the terminal with a screen of its own. */
  terminal: TerminalLife
  /** Told what the command takes, and nothing is run: how manual and completions come to know of all. */
  onParser?: (parser: Command) => void
}

export interface CommandModule {
  run(cli: Cli): Promise<ExitCode>
}

/** A line of the table of commands: known without loading it. */
export interface CommandEntry {
  name: string
  summary: string
  /** Not in the list of commands. */
  hidden?: boolean
  /** Others depend on it while it runs: it outlives the reader of its output. */
  serves?: boolean
  /** It asks no daemon, so that it has no use for the address of one. */
  here?: boolean
  /** Not about a fleet that is installed on this machine: its places and variables are kept out. */
  apart?: boolean
  load(): Promise<CommandModule>
}
