import type { CommandEntry } from './command.ts'

/** Every command, in the order of the help. A command's code is loaded when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    here: true,
    apart: true,
    serves: true,
    summary: 'Run a sample fleet here, on an empty machine',
    load: () => import('./demo.ts'),
  },
  {
    name: 'daemon',
    here: true,
    serves: true,
    summary: 'Run the fleet in the foreground',
    load: () => import('./daemon.ts'),
  },
  { name: 'status', summary: 'Show daemon, queue, positions and workers', load: () => import('./status.ts') },
  { name: 'top', summary: 'Watch and steer the fleet live', load: () => import('./top.ts') },
  { name: 'tasks', summary: 'Add, change, list and follow tasks', load: () => import('./tasks.ts') },
  {
    name: 'campaigns',
    summary: 'Add, list and change campaigns, which tasks may belong to',
    load: () => import('./campaigns.ts'),
  },
  {
    name: 'why',
    summary: 'Say why a task is not running, or where it stands',
    load: () => import('./why.ts'),
  },
  { name: 'urgent', summary: 'Put a task before all others, at once', load: () => import('./urgent.ts') },
  {
    name: 'dlq',
    summary: 'Look at, replay and purge dead letters',
    load: () => import('./dlq.ts'),
  },
  {
    name: 'orchestrator',
    summary: 'Look into, run and switch the autonomous cycle',
    load: () => import('./orchestrator.ts'),
  },
  {
    name: 'workers',
    summary: 'List, start, stop, pause and scale workers',
    load: () => import('./workers.ts'),
  },
  {
    name: 'work',
    here: true,
    serves: true,
    summary: "Claim a Jr's tasks and run a command for each",
    load: () => import('./work.ts'),
  },
  {
    name: 'progress',
    here: true,
    summary: "Report progress, from within a task's command",
    load: () => import('./progress.ts'),
  },
  {
    name: 'bus',
    summary: 'Messages between workers: publish, subscribe, ask, answer',
    load: () => import('./bus.ts'),
  },
  {
    name: 'metrics',
    summary: 'Show durations, outcomes, scores and memory',
    load: () => import('./metrics.ts'),
  },
  {
    name: 'logs',
    summary: "Show a worker's log, or the daemon's",
    load: () => import('./logs.ts'),
  },
  {
    name: 'ledger',
    summary: 'Show what happened, and verify that record',
    load: () => import('./ledger.ts'),
  },
  {
    name: 'rules',
    here: true,
    summary: 'Show, try and explain the rules of the cycle',
    load: () => import('./rules.ts'),
  },
  {
    name: 'health-check',
    here: true,
    summary: 'Check and heal, for cron and monitoring',
    load: () => import('./health-check.ts'),
  },
  {
    name: 'doctor',
    here: true,
    summary: 'Check database and machine, each finding with its remedy',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'migrate',
    here: true,
    summary: "Create or upgrade the queue's tables",
    load: () => import('./migrate.ts'),
  },
  {
    name: 'config',
    here: true,
    summary: 'Check and show the configuration',
    load: () => import('./config.ts'),
  },
  {
    name: 'reload',
    summary: 'Have the daemon read its configuration again',
    load: () => import('./reload.ts'),
  },
  {
    name: 'backup',
    here: true,
    // Whoever reads it may go; what it has begun it clears away all the same.
    serves: true,
    summary: 'Write the local state and the embedded database into one file',
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    here: true,
    summary: 'Bring them back from such a file',
    load: () => import('./restore.ts'),
  },
  {
    name: 'install',
    here: true,
    apart: true,
    summary: 'Put the fleet under systemd, or its health check under cron',
    load: () => import('./install.ts'),
  },
  {
    name: 'uninstall',
    here: true,
    apart: true,
    summary: 'Take away what install made',
    load: () => import('./uninstall.ts'),
  },
  {
    name: 'completion',
    summary: 'Print what makes a shell complete jrctl: bash, zsh, fish',
    load: () => import('./completion.ts'),
  },
  {
    name: 'man',
    here: true,
    summary: 'Print the manual page of all commands',
    load: () => import('./man.ts'),
  },
  { name: 'version', here: true, summary: 'Print the versions', load: () => import('./version.ts') },
]
