import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { watchForLostReader } from '../adapters/lost-reader.ts'
import { resolvePath } from '../config/paths.ts'
import type { Policy } from '../config/policy.ts'
import { demoModel, demoPolicy, isSimulated } from '../demo/demo-policy.ts'
import { modelVariable } from '../demo/llm-address.ts'
import { demoSource, sampleTasks } from '../demo/sample-tasks.ts'
import { UserError, type ExitCode } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { demoFiles } from './demo-files.ts'
import { demoWelcome, nearer } from './demo-welcome.ts'
import { claimDemoState } from './demo-state.ts'
import { createDemoTop, requireTerminal } from './demo-top.ts'
import { note, type Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { printSummary } from './print-summary.ts'
import { runDaemon } from './run-daemon.ts'
import { selfPaths } from './self.ts'

export interface RunDemoOptions {
  untilIdle: boolean
  /** At most so many sample tasks; all when undefined. */
  tasks: number | undefined
  /** By default `.jrctl` in the current folder. */
  stateDir: string | undefined
  /** Shows it in this terminal; the demo ends with that. */
  top: boolean
}

/** `jrctl demo`: the daemon on the shipped configuration, with a queue of real tasks, in a state of its own. */
export async function runDemo(options: RunDemoOptions, origin: Origin): Promise<ExitCode> {
  const { process } = origin
  if (options.top) requireTerminal(process)
  const { cwd, home } = placeOf(process)
  const stateDir = resolvePath(options.stateDir ?? (process.env['JRCTL_STATE_DIR'] || '.jrctl'), cwd, home)
  claimDemoState(stateDir)
  const { configPath, projectDir } = await demoFiles(origin, stateDir)
  forgetConnections(process.env)
  markFleet(stateDir, configPath)
  // Its workers find the same project, wherever the demo was started.
  process.env['JRCTL_DEMO_PROJECT'] = projectDir
  let llm = 'The reports ask no LLM.'
  note(
    origin,
    `Starting four Jrs on ${nearer(configPath, process.cwd())}, state in ${nearer(stateDir, process.cwd())} …`,
  )
  if (!existsSync(join(stateDir, 'postgres', 'data')))
    note(origin, 'It begins with a PostgreSQL of its own, which is made once; that takes some seconds …')
  let added = 0
  const reader = watchReader(process)
  const top = options.top ? createDemoTop({ configPath, stateDir, env: process.env }) : null
  // Who leaves while nothing is said is seen at once all the same.
  if (top === null) for (const pipe of [1, 2] as const) watchForLostReader(process, pipe, reader.lost)
  const say = (print: () => void) => (top === null ? print() : top.say(print))
  const run = () =>
    runDaemon(
      {
        configPath,
        stateDir,
        untilIdle: options.untilIdle,
        console: top === null ? true : null,
        // Nobody would know of a demo that goes on without its terminal.
        endsWithTerminal: true,
        adapt(configured) {
          const policy = demoPolicy(configured)
          llm = chooseModel(policy, process.env)
          return policy
        },
        async prepare(queue, { embedded, target }) {
          if (!embedded) throw notOnSharedQueue(configPath, target)
          added = await addSamples(queue, projectDir, options.tasks)
        },
        ended: top === null ? reader.gone : top.ended.then((by) => tellEnd(by, origin)),
        consoleFailed: (error) => reader.look(error),
        started() {
          if (top !== null) return top.show()
          const self = selfPaths().path
          note(
            origin,
            demoWelcome({ added, stateDir, untilIdle: options.untilIdle, llm, self, cwd: process.cwd() }),
          )
        },
        finished: (summary) => say(() => printSummary(summary, origin)),
        note: (text) => say(() => note(origin, text)),
      },
      process,
    )
  if (top === null) return run()
  try {
    return await run()
  } finally {
    await top.close()
  }
}

/** Whoever started it by `ssh` ends that alone by a Ctrl-C: nobody would know of a demo that goes on unread. */
function watchReader({ stdout, stderr }: NodeJS.Process): {
  gone: Promise<string>
  lost: () => void
  look(error: NodeJS.ErrnoException): void
} {
  const gone = Promise.withResolvers<string>()
  const lost = (): void => gone.resolve('the end of whoever read what it says')
  const look = ({ code }: NodeJS.ErrnoException): void => {
    if (code === 'EPIPE' || code === 'EIO') lost()
  }
  stdout.on('error', look)
  stderr.on('error', look)
  return { gone: gone.promise, lost, look }
}

/** Who leaves top waits until all has been stopped, and is told so. */
function tellEnd(by: string, origin: Origin): string {
  note(origin, 'The demo ends with top: its workers and its database are stopped. What is done stays done.')
  return by
}

const namesConnection = /^(DATABASE_URL|PG[A-Z]+|CHEROKEE_DB_[A-Z]+|JRCTL_QUEUE_(URL|PASSWORD_FILE))$/

/** Whatever connection the environment names is somebody's real queue; the samples must never land there. */
function forgetConnections(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (namesConnection.test(name)) delete env[name]
}

function notOnSharedQueue(configPath: string, target: string): UserError {
  return new UserError(
    `the demo adds sample tasks, and ${configPath} names a queue of somebody's: ${target}`,
    {
      hint: 'Give it a configuration without [queue] url and with [queue] embedded = true, or run `jrctl daemon`.',
    },
  )
}

/** Says that this folder holds a fleet, so that `jrctl status` and the others find it from here without being told. */
function markFleet(stateDir: string, config: string): void {
  const temporary = join(stateDir, 'fleet.json.new')
  writeFileSync(temporary, `${JSON.stringify({ config })}\n`, { mode: 0o600 })
  renameSync(temporary, join(stateDir, 'fleet.json'))
}

/** Adds the sample tasks unless an earlier run has. Answers how many were added. */
async function addSamples(queue: TaskQueue, projectDir: string, limit: number | undefined): Promise<number> {
  const newest = await queue.list({ limit: 1000 })
  if (newest.some(({ source }) => source === demoSource)) return 0
  const tasks = sampleTasks(projectDir).slice(0, limit)
  if (tasks.length > 0) await queue.add(tasks, 'jrctl demo')
  return tasks.length
}

/** Tells the sample reports which model to ask for, unless the environment does. Answers what is to be said of it. */
function chooseModel(policy: Policy, env: NodeJS.ProcessEnv): string {
  const model = env[modelVariable] || demoModel(policy)
  if (model === null) {
    delete env[modelVariable]
    return policy.gateway.enabled
      ? `The reports ask no LLM: the configuration's upstreams name no model; ${modelVariable} can.`
      : 'The reports ask no LLM: the gateway is not enabled.'
  }
  env[modelVariable] = model
  return isSimulated(policy)
    ? 'Each report asks an LLM two questions, through the gateway. The LLM is simulated: its answers are made up here, and nothing leaves this machine.'
    : `Each report asks the model ${model} two questions, through the gateway, at ${policy.gateway.upstreams.map(({ name }) => name).join(', ')}.`
}
