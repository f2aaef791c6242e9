import { workersAreUnits } from './daemon-unit.ts'
import { placeVariables } from './places.ts'
import { sandboxLines } from './sandbox.ts'
import type { Installation, UnitFile } from './unit-files.ts'
import { daemonUnit } from './unit-name.ts'
import { unitText } from './unit-text.ts'
import { argument, patternOf, word } from './unit-values.ts'

const healthService = 'jr-health-check.service'
export const healthTimer = 'jr-health-check.timer'

/** The health check and when it runs; none where cron runs it. */
export function healthFiles(installation: Installation): UnitFile[] {
  return installation.healthTimer ? [service(installation), timer(installation)] : []
}

function service(installation: Installation): UnitFile {
  const { scope, profile, account, program, config, environmentFile } = installation
  const text = unitText(
    [
      {
        name: 'Unit',
        lines: [
          ['Description', 'Health check of the fleet (jrctl)'],
          ['After', daemonUnit],
        ],
      },
      {
        name: 'Service',
        lines: [
          ['Type', 'oneshot'],
          ['ExecStart', `${word(program)} --config ${argument(config)} health-check`],
          '1 (warning) and 2 (critical) are findings: the journal has the line, the status the code, alerts tell of them.',
          'The check itself has failed with 3 alone, when it could not find out.',
          ['SuccessExitStatus', '1 2'],
          ['TimeoutStartSec', 120],
          ...(scope === 'system' ? [['User', account ?? 'root'] as const] : []),
          ...placeVariables(installation),
          ['EnvironmentFile', `-${patternOf(environmentFile)}`],
          ['UMask', '0077'],
          ['LimitCORE', 0],
          ...(profile === 'hardened'
            ? [
                ['Environment', workersAreUnits] as const,
                ...sandboxLines(installation),
                ...stateLines(installation),
              ]
            : []),
        ],
      },
    ],
    { ownSettings: `systemctl ${scope === 'user' ? '--user ' : ''}edit ${healthService}` },
  )
  return { path: healthService, text }
}

/** It remembers what it has told. */
function stateLines({ scope, stateDir }: Installation): (readonly [string, string])[] {
  return scope === 'system' ? [['ReadWritePaths', `-${word(stateDir)}`]] : []
}

function timer({ scope }: Installation): UnitFile {
  const text = unitText(
    [
      { name: 'Unit', lines: [['Description', 'When the health of the fleet is checked (jrctl)']] },
      {
        name: 'Timer',
        lines: [
          [scope === 'system' ? 'OnBootSec' : 'OnStartupSec', '2min'],
          ['OnUnitActiveSec', '5min'],
          'Not on the second: the machine may put it together with what else is due.',
          ['AccuracySec', '15s'],
        ],
      },
      { name: 'Install', lines: [['WantedBy', 'timers.target']] },
    ],
    { ownSettings: `systemctl ${scope === 'user' ? '--user ' : ''}edit ${healthTimer}` },
  )
  return { path: healthTimer, text }
}
