import type { Scope } from '../../domain/install/layout.ts'
import type { Profile } from '../../domain/install/record.ts'
import type { InstallPlan } from '../../domain/install/step.ts'

/** What `jrctl install` and `jrctl uninstall` need of the machine. Main composes it. */
export interface InstallService {
  /** Looks, and changes nothing. Throws UserError for what cannot be meant, ConfigError for a wrong configuration. */
  plan(options: InstallOptions): Promise<PreparedInstall>
  planRemoval(options: UninstallOptions): Promise<PreparedInstall>
}

export interface InstallOptions {
  /** Undefined: root's is the system's, everybody else's the account's own. */
  scope: Scope | undefined
  /** Undefined: as it was installed, else standard. */
  profile: Profile | undefined
  account: string | undefined
  enable: boolean
  /** Units of the database and of the LLM server; undefined: as it was installed. */
  after: readonly string[] | undefined
  /** Undefined: as it was installed, else a timer. */
  cron: boolean | undefined
  /** The folder whose `bin` takes a copy of the program. */
  prefix: string | undefined
  /** Another root, such as an image's. */
  root: string | undefined
  replaceUnits: readonly string[]
  replaceProcesses: readonly string[]
  force: boolean
}

export interface UninstallOptions {
  scope: Scope | undefined
  root: string | undefined
  keepWorkers: boolean
  purge: boolean
}

export interface PreparedInstall {
  /** What it is about, for the head of what is shown. */
  about: InstallAbout
  plan: InstallPlan
  /**
   * Does it, step by step. Answers what could not be done although the rest was. Throws when it has to stop in the middle; a second run
   * goes on from there.
   */
  apply(tale: ApplyTale): Promise<string[]>
}

/** Who hears how it goes. */
export interface ApplyTale {
  /** A step is done; with what more there is to say of it. */
  done(index: number, more: string | null): void
  progress(text: string): void
}

export interface InstallAbout {
  scope: Scope
  /** '' for this machine. */
  root: string
  profile: Profile | null
  account: string | null
  config: string
  program: string
}
