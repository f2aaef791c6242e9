import type { UnitProfile } from './unit-files.ts'

/**
 * What each profile gives and costs, for who has to choose; in lines. Exposure: what `systemd-analyze security` says of the daemon's
 * unit, from 0 (closed) to 10; measured by systemd 252, and held by a test.
 */
export const profileWords = {
  standard: [
    'the daemon starts the workers, which inherit whatever it is kept',
    'from: so it is kept from nothing (exposure 9.2 of 10), and agents',
    'keep their freedom',
  ],
  hardened: [
    'the daemon is shut in (exposure 1.6 of 10), under an account of',
    'its own; the workers run as units of their own',
    '(jr-queue-worker@…), outside, started and stopped by systemctl,',
    'with 2G and half a core each where limits says nothing else;',
    'workers with a schedule cannot',
  ],
} as const satisfies Record<UnitProfile, readonly string[]>
