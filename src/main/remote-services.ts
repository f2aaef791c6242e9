import type { LocalServices } from '../cli/local-services.ts'
import { OperationalError, UserError } from '../errors.ts'
import type { Origin } from './origin.ts'

/**
 * What commands do without a daemon, for somebody who means one that is elsewhere: what would answer in that daemon's place
 * answers nothing, for it would tell of this machine's queue.
 */
export function remoteServices(local: LocalServices, origin: Origin): LocalServices {
  return {
    ...local,
    why: async ({ daemonProblem }) => {
      throw away(daemonProblem)
    },
    deadLetters: async () => {
      throw away('The daemon that --host (or JRCTL_HOST) names does not answer')
    },
    unit: {
      become: async () => {
        throw hereAlone('exec')
      },
      settle: async () => {
        throw hereAlone('ended')
      },
    },
    logs: {
      open: async (jr, instance) =>
        (await import('./find-remote-log.ts')).openRemoteLogs(jr, instance, origin),
    },
    ledger: {
      files: async () => {
        throw away('The files of a ledger that is elsewhere are elsewhere')
      },
      verify: async (file) => {
        if (file !== undefined) return local.ledger.verify(file)
        throw away('The daemon that --host (or JRCTL_HOST) names does not answer')
      },
    },
  }
}

function hereAlone(command: string): UserError {
  return new UserError(
    `--host has no meaning for \`jrctl workers ${command}\`, which works on this machine alone`,
    {
      hint: 'Run it over there.',
    },
  )
}

function away(problem: string): OperationalError {
  return new OperationalError(problem, {
    code: 'daemon.unreachable',
    retryable: true,
    hint: 'Nothing of this machine was asked in its place.',
  })
}
