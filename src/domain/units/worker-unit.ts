import { workersAreUnits } from './daemon-unit.ts'
import { placeVariables } from './places.ts'
import type { Installation, UnitFile, UnitWorker } from './unit-files.ts'
import { daemonUnit, workerTemplate, workerUnit } from './unit-name.ts'
import { type UnitLine, unitText } from './unit-text.ts'
import { argument, patternOf, word } from './unit-values.ts'

/** The template of workers that run without a daemon above them; in the hardened profile also what is special of each of them. */
export function workerFiles(installation: Installation): UnitFile[] {
  const { profile, workers } = installation
  const dropIns = profile === 'hardened' ? workers.map((worker) => dropIn(worker, installation)) : []
  return [template(installation), ...dropIns]
}

function template(installation: Installation): UnitFile {
  const { scope, profile, needs } = installation
  const network = scope === 'system' ? ['network-online.target'] : []
  const text = unitText(
    [
      {
        name: 'Unit',
        lines: [
          ['Description', '%I, a worker of the fleet (jrctl)'],
          ...(network.length === 0 ? [] : [['Wants', network.join(' ')] as const]),
          'After the daemon, and not with it: a worker that is restarted starts no daemon that somebody stopped.',
          ['After', [...network, ...needs, daemonUnit].join(' ')],
          ['StartLimitIntervalSec', 300],
          ['StartLimitBurst', 5],
        ],
      },
      { name: 'Service', lines: serviceLines(installation) },
      { name: 'Install', lines: [['WantedBy', scope === 'system' ? 'multi-user.target' : 'default.target']] },
    ],
    {
      ownSettings:
        profile === 'hardened'
          ? `systemctl ${scope === 'user' ? '--user ' : ''}edit 'jr-queue-worker@NAME' (beside jrctl.conf)`
          : 'it is for the hardened profile; in the standard one the daemon runs all workers itself, and this refuses.',
    },
  )
  return { path: workerTemplate, text }
}

function serviceLines(installation: Installation): UnitLine[] {
  const { scope, profile, account, program, config, environmentFile } = installation
  const command = `${word(program)} --config ${argument(config)} workers`
  return [
    'Reads the configuration, makes the environment that the daemon would, and becomes the command.',
    ['ExecStart', `${command} exec --unit %n`],
    'Its tasks go back to the queue at once instead of when their leases run out.',
    ['ExecStopPost', `-${command} ended --unit %n`],
    ['Type', 'notify'],
    ['NotifyAccess', 'main'],
    ['WatchdogSec', 300],
    ['Restart', 'always'],
    ['RestartSec', 10],
    ['MemoryMax', '2G'],
    ['CPUQuota', '50%'],
    'The worker is asked to end, and ends what it started; what is left of its tree is killed.',
    ['KillMode', 'mixed'],
    ...(scope === 'system' ? [['User', account ?? 'root'] as const] : []),
    ...(profile === 'hardened' ? [['Environment', workersAreUnits] as const] : []),
    ...placeVariables(installation),
    ['EnvironmentFile', `-${patternOf(environmentFile)}`],
    ['UMask', '0077'],
    ['LimitCORE', 0],
  ]
}

function dropIn(worker: UnitWorker, { scope }: Installation): UnitFile {
  const unit = workerUnit(worker.name, worker.instance)
  const after = worker.after.map((name) => workerUnit(name)).join(' ')
  const text = unitText(
    [
      { name: 'Unit', lines: after === '' ? [] : [['After', after]] },
      { name: 'Service', lines: specialLines(worker, scope) },
    ],
    { ownSettings: 'a file beside this one, such as local.conf' },
  )
  return { path: `${unit}.d/jrctl.conf`, text }
}

/** What `[[workers]]` says of it. */
function specialLines(worker: UnitWorker, scope: Installation['scope']): UnitLine[] {
  const { user, restart, stopSignal, stopMs, notifies } = worker
  return [
    ...(notifies ? [] : silentLines),
    ...(user === null || scope === 'user' ? [] : [['User', user] as const]),
    ...(restart === 'always' ? [] : [['Restart', restart === 'never' ? 'no' : restart] as const]),
    ...(stopSignal === 'SIGTERM' ? [] : [['KillSignal', stopSignal] as const]),
    ['TimeoutStopSec', Math.ceil(stopMs / 1000)],
    ...limitLines(worker),
  ]
}

const silentLines: UnitLine[] = [
  'Its program knows nothing of systemd: it says neither that it is ready nor that it lives, so that nobody waits for either.',
  ['Type', 'exec'],
  ['WatchdogSec', 0],
]

/** Of a worker without limits the template's stay. */
function limitLines({ limits }: UnitWorker): UnitLine[] {
  if (limits === null) return []
  const { memoryBytes, cpuCores, openFiles, nice } = limits
  return [
    ...(memoryBytes === null
      ? []
      : ([
          ['MemoryMax', memoryBytes],
          ['MemorySwapMax', 0],
        ] as const)),
    ...(cpuCores === null ? [] : [['CPUQuota', `${Math.round(cpuCores * 10_000) / 100}%`] as const]),
    ...(openFiles === null ? [] : [['LimitNOFILE', openFiles] as const]),
    ...(nice === null ? [] : [['Nice', nice] as const]),
  ]
}
