/** What `jrctl version --json` prints: which program this is, and what it speaks and brings along. */
export interface VersionsView {
  apiVersion: number
  version: string
  /** The commit that it was made of; null: that was not known, as in a checkout, where git tells. */
  commit: string | null
  /** `executable`: one file with all inside. `checkout`: the launcher beside its sources. */
  form: 'executable' | 'checkout'
  /** `linux-x64`. */
  platform: string
  node: string
  /** Of the library that holds the local state; null: it cannot be loaded here, and no daemon runs. */
  sqlite: string | null
  /** Of the PostgreSQL that is brought along; null: none is. */
  postgresql: string | null
  /** The newest that this program knows, and makes of older ones. */
  schemas: { queue: number; state: number }
}
