import * as z from 'zod'
import type { ResourceLimits } from '../domain/resource-limits.ts'
import { noted, sizeOrOff } from './fields.ts'

/** An optional number in a closed range. */
function bound(range: { min: number; max: number; whole: boolean; unit: string }, reason: string) {
  const { min, max, whole, unit } = range
  const base = z.number().min(min).max(max)
  const schema = (whole ? base.refine(Number.isInteger).meta({ type: 'integer' }) : base).optional()
  const allowed = `a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`
  return noted(schema, { kind: 'number', allowed, reason, unit, default: null })
}

/** The keys of `limits` of one `[[workers]]` table. */
export const limitFields = {
  memory: sizeOrOff(
    'off',
    ['1M', '1024T'],
    'Memory of one instance with all that it starts. Kept by the kernel in a delegated cgroup; else looked at every second, and one that is over is ended.',
  ),
  cpu: bound(
    { min: 0.01, max: 1024, whole: false, unit: 'cores' },
    'The most CPU time of one instance with all that it starts: 0.5 is half a core. Needs a delegated cgroup.',
  ),
  open_files: bound(
    { min: 16, max: 1_073_741_816, whole: true, unit: 'files' },
    'Files and sockets that each of its processes may have open.',
  ),
  nice: bound(
    { min: -20, max: 19, whole: true, unit: 'niceness' },
    'How far it stands back when the CPU is short: 19 the furthest. Below 0 it goes before others, which needs root.',
  ),
}

type ParsedLimits = z.output<z.ZodObject<typeof limitFields>>

/** The `limits` of a definition; nothing when none is set. */
export function limitsOf({ limits }: { limits: ParsedLimits }): { limits?: ResourceLimits } {
  const { memory, cpu, open_files: openFiles, nice } = limits
  const bounds = {
    memoryBytes: memory,
    cpuCores: cpu ?? null,
    openFiles: openFiles ?? null,
    nice: nice ?? null,
  }
  return Object.values(bounds).every((value) => value === null) ? {} : { limits: bounds }
}
