import { folderLines } from './places.ts'
import { sandboxLines } from './sandbox.ts'
import type { Installation, UnitFile } from './unit-files.ts'
import { daemonUnit } from './unit-name.ts'
import { type UnitLine, unitText } from './unit-text.ts'
import { argument, patternOf, word } from './unit-values.ts'

/** Where the daemon goes in its own cgroup; `adapters/process/cgroup` looks for this name. */
const daemonLeaf = 'jrctl-daemon'

/** By which a daemon is told to start no workers, and `jrctl workers exec` that it may: `[supervisor] workers`. */
export const workersVariable = 'JRCTL_SUPERVISOR_WORKERS'
/** The hardened profile. */
export const workersAreUnits = `${workersVariable}=units`

/** `jr-orchestrator.service` (spec §15). */
export function daemonFile(installation: Installation): UnitFile {
  const { scope, profile } = installation
  const text = unitText(
    [
      { name: 'Unit', lines: orderLines(installation) },
      {
        name: 'Service',
        lines: [
          ...lifeLines(installation),
          ...accountLines(installation),
          ...folderLines(installation),
          ...limitLines,
          ...(profile === 'hardened' ? hardenedLines(installation) : standardLines),
        ],
      },
      { name: 'Install', lines: [['WantedBy', scope === 'system' ? 'multi-user.target' : 'default.target']] },
    ],
    { ownSettings: `systemctl ${scope === 'user' ? '--user ' : ''}edit ${daemonUnit}` },
  )
  return { path: daemonUnit, text }
}

function orderLines(installation: Installation): UnitLine[] {
  const { scope, needs, config, program, stateDir, logsDir } = installation
  // A user's manager knows nothing of the machine's units.
  const others = [...(scope === 'system' ? ['network-online.target'] : []), ...needs].join(' ')
  const mounts = [program, config, stateDir, logsDir].map(word).join(' ')
  return [
    ['Description', 'jrctl daemon: the fleet of LLM agent workers'],
    ...(others === ''
      ? []
      : ([
          ['Wants', others],
          ['After', others],
        ] as const)),
    ...(scope === 'system' ? [['RequiresMountsFor', mounts] as const] : []),
  ]
}

function lifeLines({ program, config, stopMs }: Installation): UnitLine[] {
  const command = `${word(program)} --config ${argument(config)}`
  return [
    ['Type', 'notify'],
    ['NotifyAccess', 'main'],
    ['ExecStart', `${command} daemon`],
    'Waits for the verdict: a configuration that is refused makes the reload fail, and changes nothing.',
    ['ExecReload', `${command} reload`],
    'Its sign of life comes from the loop that does the work: one that is stuck gives none, and is started anew.',
    ['WatchdogSec', 60],
    ['Restart', 'always'],
    ['RestartSec', 30],
    '2: the configuration is wrong. It will be in half a minute, too; as a failed unit it is seen at once.',
    ['RestartPreventExitStatus', 2],
    'Starts and stops that take longer ask for more time as they go (a large migration, work that may finish).',
    ['TimeoutStartSec', 120],
    ['TimeoutStopSec', Math.ceil(stopMs / 1000)],
    'Workers and the embedded database outlive a daemon that dies or is replaced; at a stop it ends them itself, in six steps.',
    ['KillMode', 'process'],
  ]
}

function accountLines({ scope, account, environmentFile }: Installation): UnitLine[] {
  return [
    // Said of root too: else there would be no HOME.
    ...(scope === 'system' ? [['User', account ?? 'root'] as const] : []),
    'Secrets: variables such as DATABASE_URL in this file (mode 0600); or credentials, which the configuration names as ' +
      '"$CREDENTIALS_DIRECTORY/queue-password": LoadCredential=queue-password:/etc/jrctl/queue-password in a drop-in of each ' +
      'unit that reads the configuration: this one, jr-health-check.service and, hardened, jr-queue-worker@.service.',
    ['EnvironmentFile', `-${patternOf(environmentFile)}`],
  ]
}

const limitLines: UnitLine[] = [
  ['UMask', '0077'],
  'A core would hold keys and tasks.',
  ['LimitCORE', 0],
  ['LimitNOFILE', 524_288],
]

const standardLines: UnitLine[] = [
  'Profile standard. Workers are children of the daemon and inherit whatever it is kept from, and agents need their freedom ' +
    '(compilers, containers, sudo): so it is kept from nothing, and who takes over the daemon has all that its account has. ' +
    'The other way: jrctl install --profile hardened',
  ['TasksMax', 'infinity'],
  'A worker that runs out of memory is a death like others; it is no reason to end the fleet.',
  ['OOMPolicy', 'continue'],
  'Each worker gets a cgroup of its own: found, counted and killed as a whole. From systemd 254 on, which knows the subgroup, ' +
    "bounds on memory and CPU are the kernel's; before (it says that it ignores the name) the daemon keeps those on memory itself.",
  ['Delegate', 'yes'],
  ['DelegateSubgroup', daemonLeaf],
]

function hardenedLines(installation: Installation): UnitLine[] {
  return [
    'Profile hardened. The daemon starts no worker: they are units of their own (jr-queue-worker@), outside of what follows.',
    ['Environment', workersAreUnits],
    ['OOMPolicy', 'continue'],
    ...sandboxLines(installation),
  ]
}
