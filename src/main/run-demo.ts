import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { RunSummary } from '../daemon/run-summary.ts'
import { demoProjectDir } from '../demo/project-dir.ts'
import { demoSource, sampleTasks } from '../demo/sample-tasks.ts'
import { OperationalError, UserError, type ExitCode } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { runDaemon } from './run-daemon.ts'
import { selfPaths } from './self.ts'

export interface RunDemoOptions {
  configPath: string | undefined
  stateDir: string | undefined
  untilIdle: boolean
  /** At most so many sample tasks; all when undefined. */
  tasks: number | undefined
  say(text: string): void
  note(text: string): void
}

/** `jrctl demo`: the daemon on the shipped configuration, with a queue of real tasks, in a state of its own. */
export async function runDemo(options: RunDemoOptions, process: NodeJS.Process): Promise<ExitCode> {
  const configPath = resolve(options.configPath ?? process.env['JRCTL_CONFIG'] ?? shippedConfig())
  const stateDir = resolve(options.stateDir ?? process.env['JRCTL_STATE_DIR'] ?? '.jrctl')
  // Whatever connection the environment names is somebody's real queue; the samples must never land there.
  for (const name of Object.keys(process.env)) if (namesConnection.test(name)) delete process.env[name]
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await writeFile(join(stateDir, 'fleet.json'), `${JSON.stringify({ config: configPath })}\n`, {
    mode: 0o600,
  })
  options.note(
    `Starting four Jrs on ${relative(process.cwd(), configPath) || configPath}; state in ${stateDir} …`,
  )
  let added = 0
  return runDaemon(
    {
      configPath,
      stateDir,
      untilIdle: options.untilIdle,
      console: true,
      async prepare(queue, { embedded, target }) {
        if (!embedded) throw notOnSharedQueue(configPath, target)
        added = await addSamples(queue, options.tasks, process.env)
      },
      started: () => options.note(welcome(added, stateDir, options.untilIdle, process)),
      finished: (summary) => options.say(summaryText(summary)),
      note: (text) => options.note(text),
    },
    process,
  )
}

const namesConnection = /^(DATABASE_URL|PG[A-Z]+|CHEROKEE_DB_[A-Z]+|JRCTL_QUEUE_(URL|PASSWORD_FILE))$/

function shippedConfig(): string {
  return join(dirname(selfPaths().binDir), 'config.example.toml')
}

function notOnSharedQueue(configPath: string, target: string): UserError {
  return new UserError(
    `the demo adds sample tasks, and ${configPath} names a queue of somebody's: ${target}`,
    {
      hint: 'Give it a configuration without [queue] url and with [queue] embedded = true, or run `jrctl daemon`.',
    },
  )
}

/** Adds the sample tasks unless an earlier run has. Answers how many were added. */
async function addSamples(
  queue: TaskQueue,
  limit: number | undefined,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const newest = await queue.list({ limit: 1000 })
  if (newest.some(({ source }) => source === demoSource)) return 0
  const projectDir = demoProjectDir(env)
  if (projectDir === undefined || !existsSync(projectDir)) {
    throw new OperationalError(
      'the demo found no project with package-lock.json and node_modules to look into',
      {
        code: 'demo.no_project',
        retryable: false,
        hint: 'Run `npm ci` in the project of jrctl, or name another one by JRCTL_DEMO_PROJECT.',
      },
    )
  }
  const tasks = sampleTasks(projectDir).slice(0, limit)
  if (tasks.length > 0) await queue.add(tasks, 'jrctl demo')
  return tasks.length
}

function welcome(added: number, stateDir: string, untilIdle: boolean, process: NodeJS.Process): string {
  const self = relative(process.cwd(), selfPaths().path)
  const jrctl = self.startsWith('..') ? selfPaths().path : self
  const found = resolve('.jrctl') === stateDir ? jrctl : `JRCTL_STATE_DIR=${stateDir} ${jrctl}`
  const tasks =
    added > 0 ? `${added} sample tasks were added` : 'the sample tasks of an earlier run are there'
  return `
A fleet of four Jrs is at work on the dependencies of this project; ${tasks}.

  In another terminal, try:
    ${found} status                 who works on what, with which share
    ${found} tasks list             what was found
    ${found} tasks show 1           one task with its result
    ${found} tasks add "Say hello"  one more
    ${found} urgent 200             this one next, please
    ${found} ledger --limit 20      what happened

  ${untilIdle ? 'It ends when the queue is done.' : 'Ctrl-C stops everything; what is done stays done.'}
`
}

/** What a finished run amounted to. */
export function summaryText({ completed, failed, cancelled, elapsedMs }: RunSummary): string {
  const total = completed + failed + cancelled
  const parts = [
    `${completed} completed`,
    `${failed} failed`,
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ]
  return `The queue is done: ${total} tasks in ${(elapsedMs / 1000).toFixed(1)} s, ${parts.join(', ')}.`
}
