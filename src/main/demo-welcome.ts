import { relative, resolve } from 'node:path'
import { shellWord } from '../domain/install/shell-word.ts'
import { count } from '../text/format.ts'

export interface Welcome {
  /** Sample tasks of this run; 0: those of an earlier one are there. */
  added: number
  stateDir: string
  untilIdle: boolean
  /** Whom the reports ask. */
  llm: string
  /** This executable. */
  self: string
  /** Where the demo was started. */
  cwd: string
}

/** What a demo says when it runs: lines that are there to be pasted into another terminal. */
export function demoWelcome({ added, stateDir, untilIdle, llm, self, cwd }: Welcome): string {
  const tasks =
    added > 0
      ? `${count(added, 'sample task')} ${added === 1 ? 'was' : 'were'} added`
      : 'the sample tasks of an earlier run are there'
  const found = commandFor({ self, stateDir, cwd })
  const lines: (readonly [string, string])[] = [
    ['top', 'who works on what, with which share, live'],
    ['status', 'the same, once'],
    ['tasks list', 'what there is to do, and what was found'],
    ['tasks show 1', 'one task with its result'],
    ['tasks add "Say hello"', 'something of your own'],
    // One that is still to come; of an earlier run's nobody knows.
    ...(added === 0 ? [] : [[`urgent ${Math.min(added, urgentTask)}`, 'that one first'] as const]),
    ['logs "Research Jr." -f', 'what a worker writes'],
  ]
  return `
A fleet of four Jrs is at work on the dependencies of this project; ${tasks}.
${llm}

  In another terminal, in this folder, try:
${lines.map(([what, why]) => `    ${found} ${what.padEnd(wordsCells)}  ${why}`).join('\n')}

  ${untilIdle ? 'It ends when the queue is done.' : 'Ctrl-C stops everything; what is done stays done.'}
`
}

const urgentTask = 200
const wordsCells = 22

/** As a shell takes it, whatever the executable and its folders are called. */
function commandFor({ self, stateDir, cwd }: Pick<Welcome, 'self' | 'stateDir' | 'cwd'>): string {
  const near = nearer(self, cwd)
  const jrctl = shellWord(near.includes('/') ? near : `./${near}`)
  return resolve(cwd, '.jrctl') === stateDir
    ? jrctl
    : `JRCTL_STATE_DIR=${shellWord(nearer(stateDir, cwd))} ${jrctl}`
}

/** A path as short as it can be said from a folder. */
export function nearer(path: string, cwd: string): string {
  const near = relative(cwd, path)
  return near.startsWith('..') ? path : near || '.'
}
