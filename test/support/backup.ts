import { ledgerGenesisHash } from '../../src/domain/ledger-event.ts'
import type { BackupManifest } from '../../src/domain/backup/manifest.ts'

/** A manifest as a backup of an embedded database has it. */
export function manifestOf(more: Partial<BackupManifest> = {}): BackupManifest {
  return {
    program: 'jrctl',
    format: 1,
    version: '0.1.0',
    createdAt: '2026-11-22T09:15:00.000Z',
    node: 'host-1a2b',
    host: 'host',
    machine: null,
    state: { schema: 2, bytes: 4_096, ledger: { entries: 0, lastId: 0, head: ledgerGenesisHash } },
    database: { kind: 'embedded', major: 18, server: '18.4', architecture: 'x64', bytes: 1 },
    secrets: true,
    configPath: '/etc/jrctl/config.toml',
    stateDir: '/var/lib/jrctl',
    ...more,
  }
}
