import { namesOf } from '../../domain/install/left-running.ts'
import type { InstallStep, RunningWork, StartStep } from '../../domain/install/step.ts'
import { safe } from '../../text/fit.ts'
import { bytes, count, duration } from '../../text/format.ts'

/** What a step does, in a sentence; `root` stands before the paths of another root's files. */
export function stepWords(step: InstallStep, root: string): string {
  switch (step.kind) {
    case 'make_folder':
      return `make the folder ${root}${step.path}`
    case 'make_own_folder':
      return `make the folder ${step.path}, for ${step.account} alone`
    case 'note_record':
      return `note in ${root}${step.path} what uninstall has to know`
    case 'copy_program':
      return `${step.isNew ? 'copy' : 'replace'} the program: ${step.from} to ${root}${step.path} (${step.why})`
    case 'write_file':
      return `${step.isNew ? 'write' : 'change'} ${root}${step.path}`
    case 'remove_file':
      return `remove ${root}${step.path}`
    case 'remove_folder':
      return `remove the folder ${root}${step.path}, if it is empty`
    case 'remove_tree':
      return `delete ${step.path}: ${step.what}${step.bytes === null ? '' : ` (${bytes(step.bytes)})`}`
    case 'reload':
      return 'have systemd read its units again'
    case 'linger':
      return step.on
        ? `let the units of ${step.account} run without a login, from the start of the machine on (lingering)`
        : `end the units of ${step.account} with its last session again (lingering)`
    case 'switch_off':
      return `stop and disable ${safe(step.unit.name)}${step.unit.owner === 'user' ? " of the account's own" : ''}, of the old fleet`
    case 'end_processes':
      return `end ${count(step.processes.length, 'old process').replace(/processs$/, 'processes')}`
    case 'enable':
      return `enable ${step.units.join(' ')}`
    case 'start':
      return `${step.isRestart ? 'restart' : 'start'} ${step.unit}, and wait until it is ready`
    case 'write_crontab':
      return `change the crontab of ${step.account}`
    case 'disable':
      return `disable ${step.units.join(' ')}`
    case 'stop':
      return `stop ${step.units.join(' ')}`
    case 'stop_daemon':
      return step.workers === 'stop'
        ? `stop ${daemonWords(step)} and its workers, when running work had its time to finish`
        : `stop ${daemonWords(step)}; its workers work on`
    case 'reload_daemon':
      return `have the daemon read its configuration (reload ${step.unit})`
    case 'end_left':
      return step.seen.length === 0
        ? 'see that nothing of the fleet runs on, and end what does'
        : `end what runs on without a daemon: ${safe(namesOf(step.seen))}`
    default:
      return step satisfies never
  }
}

function daemonWords({ unit, pid }: Extract<InstallStep, { kind: 'stop_daemon' }>): string {
  return pid === null ? unit : `the daemon (pid ${pid})`
}

/** Why something is restarted, and what that means for the work under it: a line each. */
export function restartWords({ why, work }: StartStep): string[] {
  return [...(why === null ? [] : [why]), ...(work === null ? [] : [workWords(work)])]
}

function workWords({ workers, finishGraceMs }: RunningWork): string {
  return workers === 'leave'
    ? 'its workers work on meanwhile, and the new daemon adopts them'
    : `its workers end with it: running work has ${duration(finishGraceMs)} to finish, else it is ended and done anew (shutdown.workers = "leave", and a reload, before: it goes on)`
}
