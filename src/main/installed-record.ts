import { type InstallRecord, parseRecord } from '../domain/install/record.ts'
import type { Origin } from './origin.ts'
import { readTrusted } from './trusted-file.ts'

/** What `jrctl install` noted of the very fleet that the command is about; null: of no such fleet. */
export function recordOf({
  installed,
  process,
}: Pick<Origin, 'installed' | 'process'>): InstallRecord | null {
  if (installed?.kind !== 'joined') return null
  const file = readTrusted(installed.record, process.geteuid?.() ?? -1)
  return file.kind === 'read' ? parseRecord(file.text) : null
}
