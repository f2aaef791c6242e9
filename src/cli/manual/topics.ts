import type { Row } from './help-lines.ts'

/** What the manual tells beside the commands. Code spans stand between backquotes. */
export const description = [
  'jrctl supervises the processes of LLM agent workers ("Jrs"), feeds them tasks from a shared Postgres queue, shares out the capacity of the LLM among the tasks at work (50\u00a0% for the first, 25\u00a0% for the second, 12.5\u00a0% for the third, and so on), returns the tasks of what died, and shows an operator all of it.',
  'One daemon a machine (`jrctl daemon`) does the work; the other commands ask it, over its socket or with `--host` over HTTP. Several daemons share one queue. `jrctl demo` shows all of it on an empty machine.',
]

export const environment: readonly Row[] = [
  ['JRCTL_CONFIG', 'the configuration file, unless `--config` names one'],
  [
    'JRCTL_HOST',
    'the address of a daemon elsewhere, as `--host`; `--config` goes before it, for it means the daemon here',
  ],
  ['JRCTL_TOKEN', 'the API token of that daemon, which changes and logs need'],
  [
    'JRCTL_…',
    'any key of the configuration: `JRCTL_QUEUE_POLL_INTERVAL` is `[queue] poll_interval`; `jrctl config show` tells where each value comes from',
  ],
  [
    'DATABASE_URL, PGHOST, …',
    'the queue, where the configuration names none: this address, else the variables of libpq, else `CHEROKEE_DB_HOST`, `_NAME`, `_USER`, `_PASS`',
  ],
  ['JRCTL_UNPACK_DIR', 'where the packaged executable unpacks what must lie on a disk'],
  ['JRCTL_SCREEN_READER', '1: `jrctl top` tells in lines, without drawing'],
  ['NO_COLOR', 'anything but empty: no colours'],
  [
    'JR_NAME, JR_TASK_ID, JRCTL_SOCKET, …',
    'what a task’s command and a worker are given; see `jrctl work --help`',
  ],
]

export const files: readonly Row[] = [
  [
    './jrctl.toml, ~/.config/jrctl/config.toml, /etc/jrctl/config.toml',
    'the configuration; the first that is there, after `--config` and `$JRCTL_CONFIG`. `jrctl config example` prints one that tells every key',
  ],
  [
    '~/.local/state/jrctl, /var/lib/jrctl',
    'the local state (`state_dir`): the ledger, the API token, the embedded database, logs. A service of systemd has the second',
  ],
  [
    '/etc/jrctl/install.json, ~/.config/jrctl/install.json',
    'what `jrctl install` noted: commands that use the configuration named there look where its units look, and read the variables in `environment` beside it, where they may',
  ],
  ['~/.cache/jrctl, /var/cache/jrctl', 'what the packaged executable has unpacked'],
]

export const examples: readonly Row[] = [
  ['jrctl demo', 'a sample fleet, here and now, with a simulated LLM'],
  ['jrctl config check && jrctl daemon', 'a fleet of your own'],
  ['jrctl top', 'watch and steer it'],
  ['jrctl tasks add "Read the logs" --assign "Research Jr."', 'give it something to do'],
  ['jrctl why 42', 'why is this not running?'],
  ['jrctl urgent 42', 'that first'],
  ['jrctl dlq replay --since 1h --dry-run', 'what would be done again'],
  ['*/5 * * * * jrctl health-check --timeout 30 | logger -t jrctl', 'for cron'],
]

export const exitCodesMore =
  '`jrctl health-check` answers as monitoring systems want it: 0 OK, 1 warning, 2 critical, 3 unknown. Commands that differ in anything else say so.'

export const seeAlso = 'systemd(1), psql(1), tmux(1); https://no-color.org'
