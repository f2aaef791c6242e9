import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../figure.ts'
import { rssKib } from './child.ts'
import type { Standing } from './contender.ts'
import { load } from './load.ts'
import { open, requestBytes } from './wire.ts'

const warmMs = 2000
/** The growth is read when what was written has settled; a median of several looks, for collections come and go. */
const settleMs = 3000
const looks = 9
const looksGapMs = 200
const opensAtOnce = 50
/** A contender that lets no more streams in has failed, and the run goes on to say so. */
const beginMs = 30_000

/** What so many streams whose readers have stopped reading add to a contender's memory, KiB each. */
export async function stalledStreams(
  { target, pid }: Standing,
  rewrites: boolean,
  count: number,
): Promise<number> {
  if (pid === null) throw new Error('nobody’s memory to look at')
  await load({ target, rewrites, model: 'json', connections: 64, durationMs: warmMs })
  await load({ target, rewrites, model: 'stream', connections: 64, durationMs: warmMs })
  await sleep(settleMs)
  const before = await settledRssKib(pid)
  const request = requestBytes(target, 'flood')
  const sockets: Socket[] = []
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(Array.from({ length: opensAtOnce }, () => stall(target.port, request)))),
    )
  await sleep(settleMs)
  const during = await settledRssKib(pid)
  for (const socket of sockets) socket.destroy()
  await sleep(settleMs)
  // What the load before had left behind may have gone meanwhile; it is no merit of the streams.
  const afterwards = await settledRssKib(pid)
  return (during - Math.min(before, afterwards)) / sockets.length
}

/** Reads the beginning of the answer, and then nothing. */
async function stall(port: number, request: Buffer): Promise<Socket> {
  const socket = await open(port)
  const begun = new Promise<void>((resolve, reject) => {
    socket.setTimeout(beginMs, () => socket.destroy())
    socket.once('close', () => reject(new Error('a stream ended before it began')))
    socket.once('data', (head: Buffer) => {
      socket.pause()
      socket.setTimeout(0)
      if (head.toString('latin1', 9, 12) === '200') resolve()
      else reject(new Error(`a stream was refused: ${head.toString('latin1')}`))
    })
  })
  socket.write(request)
  await begun
  return socket
}

async function settledRssKib(pid: number): Promise<number> {
  const seen: number[] = []
  for (let look = 0; look < looks; look++) {
    seen.push(await rssKib(pid))
    await sleep(looksGapMs)
  }
  return median(seen)
}
