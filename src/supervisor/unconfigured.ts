import type { WorkerDefinition } from '../config/policy.ts'

/** Enough of a definition to end a process whose worker is no longer configured. It is never started again. */
export function unconfigured(name: string): WorkerDefinition {
  return {
    name,
    command: ['false'],
    cwd: '/',
    env: {},
    envPass: [],
    envInherit: 'clean',
    instances: 0,
    department: null,
    priority: 3,
    dependsOn: [],
    layer: null,
    ready: { kind: 'delay', delayMs: 0 },
    readyTimeoutMs: 0,
    accepts: null,
    restart: 'never',
    stopSignal: 'SIGTERM',
    stopGraceMs: 10_000,
    heartbeat: 'none',
  }
}
