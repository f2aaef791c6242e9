import type { LocalServices } from '../cli/local-services.ts'
import type { Origin } from './origin.ts'

/** What commands do without a daemon; each part is loaded when it is called, so that no command pays for another's. */
export function localServices(origin: Origin): LocalServices {
  return {
    daemon: async (options) => (await import('./run-daemon-command.ts')).runDaemonCommand(options, origin),
    migrate: async (options) => (await import('./run-migrate.ts')).runMigrate(options, origin),
    work: async (order) => (await import('./run-work.ts')).runWork(order, origin),
    unit: {
      become: async (which) => (await import('./run-worker-unit.ts')).becomeWorker(which, origin),
      settle: async (which) => (await import('./run-worker-ended.ts')).settleWorker(which, origin),
    },
    findProgram: async (name) =>
      (await import('../worker/find-program.ts')).findProgram(name, origin.process.env['PATH']),
    runCommand: async (order, signal) => (await import('./run-command.ts')).runCommand(order, signal, origin),
    health: async (options) => (await import('./run-health.ts')).runHealth(options, origin),
    testAlerts: async (timeoutMs) => (await import('./run-health.ts')).testAlerts(timeoutMs, origin),
    why: async (question) => (await import('./run-why.ts')).runWhy(question, origin),
    licences: async () => (await import('./run-licences.ts')).readLicences(),
    versions: async () => (await import('./run-versions.ts')).readVersions(origin),
    doctor: async () => (await import('./run-doctor.ts')).runDoctor(origin),
    deadLetters: async (work) => (await import('./run-dead-letters.ts')).runDeadLetters(work, origin),
    ledger: {
      verify: async (file) => (await import('./run-ledger.ts')).verifyFile(file, origin),
      files: async () => (await import('./run-ledger.ts')).findLedger(origin),
    },
    config: {
      check: async () => (await import('./read-config.ts')).checkConfig(origin),
      show: async () => (await import('./read-config.ts')).showConfig(origin),
      schema: async () => (await import('../config/json-schema.ts')).configJsonSchema(),
      example: async () => (await import('./example-config.ts')).exampleConfig(origin),
    },
    rules: async () => (await import('./run-rules.ts')).readRules(origin),
    logs: { open: async (jr, instance) => (await import('./find-log.ts')).openLogs(jr, instance, origin) },
    backup: {
      create: async (order) => (await import('./run-backup.ts')).createBackup(order, origin),
      verify: async (order) => (await import('./backup-verify.ts')).verifyBackup(order),
      restore: async (order) => (await import('./run-restore.ts')).restoreBackup(order, origin),
    },
    install: {
      plan: async (options) => (await import('./run-install.ts')).planInstallation(options, origin),
      planRemoval: async (options) => (await import('./run-install-undo.ts')).planRemoval(options, origin),
    },
    demo: {
      run: async (options) => (await import('./run-demo.ts')).runDemo(options, origin),
      async report() {
        const { stdin, stdout, stderr, env } = origin.process
        return (await import('../demo/report.ts')).runReport({ stdin, stdout, stderr, env })
      },
      legacyWorker: async (name) =>
        (await import('./run-legacy-worker.ts')).runDemoLegacyWorker(name, origin),
    },
  }
}
