import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { count } from '../text/format.ts'
import type { Policy } from '../config/policy.ts'
import { demoModel, demoPolicy, isSimulated } from '../demo/demo-policy.ts'
import { modelVariable } from '../demo/llm-address.ts'
import { demoSource, sampleTasks } from '../demo/sample-tasks.ts'
import { UserError, type ExitCode } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { demoFiles } from './demo-files.ts'
import { note, type Origin } from './origin.ts'
import { printSummary } from './print-summary.ts'
import { runDaemon } from './run-daemon.ts'
import { selfPaths } from './self.ts'

export interface RunDemoOptions {
  untilIdle: boolean
  /** At most so many sample tasks; all when undefined. */
  tasks: number | undefined
  /** By default `.jrctl` in the current folder. */
  stateDir: string | undefined
}

/** `jrctl demo`: the daemon on the shipped configuration, with a queue of real tasks, in a state of its own. */
export async function runDemo(options: RunDemoOptions, origin: Origin): Promise<ExitCode> {
  const { process } = origin
  const stateDir = resolve(options.stateDir ?? (process.env['JRCTL_STATE_DIR'] || '.jrctl'))
  const { configPath, projectDir } = await demoFiles(origin, stateDir)
  forgetConnections(process.env)
  markFleet(stateDir, configPath)
  // Its workers find the same project, wherever the demo was started.
  process.env['JRCTL_DEMO_PROJECT'] = projectDir
  let llm = 'The reports ask no LLM.'
  note(origin, `Starting four Jrs on ${shorter(configPath)}, state in ${shorter(stateDir)} …`)
  let added = 0
  return runDaemon(
    {
      configPath,
      stateDir,
      untilIdle: options.untilIdle,
      console: true,
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
      started: () => note(origin, welcome({ added, stateDir, untilIdle: options.untilIdle, llm })),
      finished: (summary) => printSummary(summary, origin),
      note: (text) => note(origin, text),
    },
    process,
  )
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
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
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

interface Welcome {
  added: number
  stateDir: string
  untilIdle: boolean
  /** Whom the reports ask. */
  llm: string
}

function welcome({ added, stateDir, untilIdle, llm }: Welcome): string {
  const jrctl = shorter(selfPaths().path)
  const found = resolve('.jrctl') === stateDir ? jrctl : `JRCTL_STATE_DIR=${shorter(stateDir)} ${jrctl}`
  const tasks =
    added > 0
      ? `${count(added, 'sample task')} ${added === 1 ? 'was' : 'were'} added`
      : 'the sample tasks of an earlier run are there'
  return `
A fleet of four Jrs is at work on the dependencies of this project; ${tasks}.
${llm}

  In another terminal, in this folder, try:
    ${found} top                     who works on what, with which share, live
    ${found} status                  the same, once
    ${found} tasks list              what there is to do, and what was found
    ${found} tasks show 1            one task with its result
    ${found} tasks add "Say hello"   something of your own
    ${found} urgent 200              that one first
    ${found} logs "Research Jr." -f  what a worker writes

  ${untilIdle ? 'It ends when the queue is done.' : 'Ctrl-C stops everything; what is done stays done.'}
`
}

/** A path as short as it can be said from here. */
function shorter(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near || '.'
}
