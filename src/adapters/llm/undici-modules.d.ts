/**
 * The two modules of undici that are used, without the rest of it (fetch, WebSocket, caches, mocks): a daemon that loads these
 * alone is 8 MB smaller and starts 100 ms sooner. Their paths hold for the version that package.json pins.
 */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici'
  export default buildConnector
}
