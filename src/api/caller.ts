/** What a handler may know of its caller besides who it says it is. */
export interface Caller {
  /** What it sent as `Authorization: Bearer …`. */
  bearer: string | null
  /** Aborted when nobody waits for the answer any more: the caller has left, or was told that it takes too long. */
  gone: AbortSignal
  /** Where others may ask too, it showed nothing: it is told nothing of the fleet. */
  isStranger?: boolean
}

/** The token of an Authorization header (RFC 6750); null: there is none. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1] ?? null
}
