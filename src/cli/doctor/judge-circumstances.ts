import type { ClockFacts, ScheduleFacts } from '../../ports/machine-checkup.ts'
import { duration } from '../../text/format.ts'
import { bad, note, ok, skipped, warn, type Check } from './check.ts'
import type { ConfigurationFacts, MachineFacts } from './machine-facts.ts'

export function judgeConfiguration(configuration: ConfigurationFacts): Check[] {
  const name = 'machine.config'
  if (configuration.kind === 'wrong')
    return [
      bad(
        name,
        configuration.problem,
        configuration.hint ?? 'See all that is wrong with: jrctl config check',
      ),
    ]
  const { path, warnings } = configuration
  const text = path === null ? 'there is no configuration; the defaults are in force' : `${path} is valid`
  return [
    path === null ? note(name, text, 'Begin one: jrctl config example > jrctl.toml') : ok(name, text),
    ...warnings.map((words) => warn(name, words, 'See: jrctl config check')),
  ]
}

/** A step so small is a correction. */
const stepMs = 5_000

export function judgeClock({ synchronised, steppedMs }: ClockFacts): Check[] {
  const name = 'machine.clock'
  const remedy = 'Let it keep time by NTP: timedatectl set-ntp true (or chrony).'
  const stepped =
    steppedMs === null || Math.abs(steppedMs) < stepMs
      ? []
      : [
          note(
            'machine.clock_step',
            `since the daemon's start the clock was set ${duration(Math.abs(steppedMs))} ${steppedMs > 0 ? 'ahead' : 'back'}, or the machine slept`,
            'Leases and waits are not touched by it; times shown from before are off.',
          ),
        ]
  if (synchronised === null)
    return [skipped(name, 'the kernel does not say whether the clock is kept right'), ...stepped]
  return [
    synchronised
      ? ok(name, 'the clock is synchronised')
      : warn(name, 'nobody keeps the clock right: it is not synchronised', remedy),
    ...stepped,
  ]
}

export function judgeSchedules({ timezone, asked, byHost, source }: ScheduleFacts): Check[] {
  const name = 'machine.timezone'
  if (timezone === null)
    return [
      warn(
        name,
        `TZ is ${asked}, the name of no time zone${byHost.length === 0 ? '' : `, and ${byHost.join(', ')} go by it`}`,
        'Set one by its name (export TZ=Europe/Zurich), or none: unset TZ',
      ),
    ]
  const from = source === null ? 'for want of any that is set' : `by ${source}`
  const text = `local time is ${timezone}, ${from}`
  if (byHost.length === 0 || source !== null)
    return [ok(name, byHost.length === 0 ? text : `${text}; ${byHost.join(', ')} go by it`)]
  return [
    warn(
      name,
      `${text}, and ${byHost.join(', ')} go by it`,
      'Name their timezone in the configuration, or set the machine’s: timedatectl set-timezone Europe/Zurich',
    ),
  ]
}

export function judgeTerminal({ locale }: MachineFacts['terminal']): Check[] {
  const name = 'machine.locale'
  if (locale !== null && /utf-?8/i.test(locale)) return [ok(name, `the terminal's locale is ${locale}`)]
  const found = locale === null ? 'no locale is set' : `the locale is ${locale}`
  return [note(name, `${found}: bars and names may look wrong here`, 'export LC_ALL=C.UTF-8')]
}
