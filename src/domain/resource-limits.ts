/** What one instance of a worker may take. Memory and CPU count for its whole process tree; null: no bound. */
export interface ResourceLimits {
  memoryBytes: number | null
  /** In cores: 0.5 is half of one. */
  cpuCores: number | null
  /** Of each process. */
  openFiles: number | null
  /** From −20 (served first) to 19 (served last), of each process. */
  nice: number | null
}
