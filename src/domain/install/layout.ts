/** Whose manager runs the units: the machine's, or one account's own. */
export type Scope = 'system' | 'user'

/** Where everything of an installation lies; absolute, within `root` where that is another than this machine's. */
export interface Layout {
  scope: Scope
  /** In front of every path here, and of none that is written into a file; '' for this machine itself. */
  root: string
  unitFolder: string
  configFolder: string
  config: string
  /** Variables for the daemon, among them what must stand in no unit: the database's password. */
  environmentFile: string
  /** What `install` noted, for `uninstall`. In a folder of root's own: what uninstall obeys, no fleet's account may write. */
  record: string
  /** Where an executable is copied to when it cannot stay where it is. */
  program: string
  stateDir: string
  logsDir: string
  /** Of unpacked programs. */
  cacheDir: string
  /** Where the unit's folder of sockets is; null: nobody is logged in. */
  runtimeDir: string | null
}

export interface LayoutOrigin {
  /** Without a slash at its end; '' for this machine. */
  root: string
  /** The home folder of who asks, for units of an account's own. */
  home: string
  /** `$XDG_CONFIG_HOME` and the others, where they are absolute. */
  configHome: string | undefined
  stateHome: string | undefined
  cacheHome: string | undefined
  runtimeHome: string | undefined
  /** Its `bin` takes the executable. */
  prefix: string | null
}

export function layoutOf(scope: Scope, origin: LayoutOrigin): Layout {
  return scope === 'system' ? systemLayout(origin) : userLayout(origin)
}

/** The folders are those that systemd gives a unit of the system (StateDirectory=, LogsDirectory=), so that both names agree. */
function systemLayout({ root, prefix }: LayoutOrigin): Layout {
  return {
    scope: 'system',
    root,
    unitFolder: '/etc/systemd/system',
    ...configFiles('/etc/jrctl'),
    program: `${prefix ?? '/usr/local'}/bin/jrctl`,
    stateDir: '/var/lib/jrctl',
    logsDir: '/var/log/jrctl',
    cacheDir: '/var/cache/jrctl',
    runtimeDir: '/run/jrctl',
  }
}

function userLayout(origin: LayoutOrigin): Layout {
  const { root, home, configHome, stateHome, cacheHome, runtimeHome, prefix } = origin
  const config = configHome ?? `${home}/.config`
  const state = `${stateHome ?? `${home}/.local/state`}/jrctl`
  return {
    scope: 'user',
    root,
    unitFolder: `${config}/systemd/user`,
    ...configFiles(`${config}/jrctl`),
    program: `${prefix ?? `${home}/.local`}/bin/jrctl`,
    stateDir: state,
    logsDir: `${state}/logs`,
    cacheDir: `${cacheHome ?? `${home}/.cache`}/jrctl`,
    runtimeDir: runtimeHome === undefined ? null : `${runtimeHome}/jrctl`,
  }
}

function configFiles(folder: string): Pick<Layout, 'configFolder' | 'config' | 'environmentFile' | 'record'> {
  return {
    configFolder: folder,
    config: `${folder}/config.toml`,
    environmentFile: `${folder}/environment`,
    record: `${folder}/install.json`,
  }
}
