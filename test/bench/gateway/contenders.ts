import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { end, forkHere, freePort, listening } from './child.ts'
import { chatPath, type Contender } from './contender.ts'

const peers = new URL('../peers/', import.meta.url).pathname

export const direct: Contender = {
  name: 'direct',
  rewrites: false,
  missing: () => null,
  start: async (port) => ({ target: { port, path: chatPath, headers: {} }, pid: null, stop: async () => {} }),
}

export const bareProxy: Contender = {
  name: 'bare Node proxy',
  rewrites: false,
  missing: () => null,
  async start(upstreamPort) {
    const child = forkHere('bare-proxy-process.ts', [String(upstreamPort)])
    const [port] = (await once(child, 'message')) as [number]
    return {
      target: { port, path: chatPath, headers: {} },
      pid: child.pid ?? null,
      stop: () => end(child),
    }
  },
}

/** One process, as the others: what a proxy in C leaves to be reached. */
export const nginx: Contender = {
  name: 'nginx',
  rewrites: false,
  missing: () =>
    spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0
      ? null
      : 'there is no nginx (Debian: apt install nginx-light)',
  async start(upstreamPort) {
    const folder = await mkdtemp(join(tmpdir(), 'jrctl-bench-nginx-'))
    const port = await freePort()
    await writeFile(join(folder, 'nginx.conf'), nginxConfig(folder, port, upstreamPort))
    const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
    await listening(port, child)
    return {
      target: { port, path: chatPath, headers: {} },
      pid: child.pid ?? null,
      async stop() {
        await end(child)
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

function nginxConfig(folder: string, port: number, upstreamPort: number): string {
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n')
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; ${scratch}
upstream llm { server 127.0.0.1:${upstreamPort}; keepalive 256; }
server { listen 127.0.0.1:${port}; keepalive_requests 1000000;
location / { proxy_pass http://llm; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } } }
`
}

/** As its own start script has it, without its console; the address of the upstream goes with each request. */
export const portkey: Contender = {
  name: 'Portkey',
  rewrites: true,
  missing: () =>
    existsSync(join(peers, 'node_modules/@portkey-ai/gateway/build/start-server.js'))
      ? null
      : `@portkey-ai/gateway is not installed (npm ci --prefix ${peers})`,
  async start(upstreamPort) {
    const port = await freePort()
    const script = join(peers, 'node_modules/@portkey-ai/gateway/build/start-server.js')
    const child = spawn(process.execPath, [script, `--port=${port}`, '--headless'], {
      stdio: 'ignore',
      cwd: peers,
      env: { ...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
    })
    await listening(port, child)
    return {
      target: {
        port,
        path: chatPath,
        headers: {
          authorization: 'Bearer bench',
          'x-portkey-provider': 'openai',
          'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
        },
      },
      pid: child.pid ?? null,
      stop: () => end(child),
    }
  },
}
