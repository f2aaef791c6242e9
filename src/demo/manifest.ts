import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../domain/task.ts'

/** A package.json, as far as reports look at it. Its author may have put anything anywhere. */
export type Manifest = { readonly [field: string]: Json | undefined }

/** Throws when the folder holds no package.json that can be read. */
export function readManifest(packageDir: string): Manifest {
  return JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as Manifest
}

/** The licence that a manifest declares: an SPDX expression, or one of the two old forms (an object, a list of them). */
export function declaredLicence(manifest: Manifest): string | null {
  const { license, licenses } = manifest
  if (typeof license === 'string') return license
  const types = [license, ...(Array.isArray(licenses) ? licenses : [])].flatMap((old) =>
    isRecord(old) && typeof old['type'] === 'string' ? [old['type']] : [],
  )
  return types.length === 0 ? null : types.join(' OR ')
}

export function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
