/** Chance as a port, so that a seed reproduces a run. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number
  /** `count` random bytes, hex; for ids, marks and keys. Cryptographically strong in the real adapter. */
  hex(count: number): string
}
