import type { Cli } from '../command.ts'

/** The Linux console has no eighths of blocks in its font; a locale that names another charset has no blocks at all. */
export function drawingOf(env: Cli['env']): 'blocks' | 'ascii' {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const charset = /\.([^@]+)/.exec(locale)?.[1]
  const hasBlocks = env['TERM'] !== 'linux' && (charset === undefined || /^utf-?8$/i.test(charset))
  return hasBlocks ? 'blocks' : 'ascii'
}
