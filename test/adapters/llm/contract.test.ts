import { createSimulatedUpstream } from '../../../src/adapters/llm/simulated/simulated-upstream.ts'
import { upstreamContract } from '../../contract-suites/upstream.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeUpstream, type FakeUpstreamCall } from '../../fakes/upstream.ts'
import { impatientUpstream } from './forwarding.ts'
import { rawServer } from './raw-server.ts'

upstreamContract('undici', async () => {
  const server = await rawServer()
  const upstream = impatientUpstream(server.port)
  const begun: (() => void)[] = []
  return {
    upstream,
    async begin() {
      const { socket } = await server.request()
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab')
      begun.push(() => socket.write('cde'))
    },
    finish: async () => begun.splice(0).forEach((end) => end()),
    async dispose() {
      await upstream.close()
      await server.close()
    },
  }
})

upstreamContract('simulated', async () => {
  const clock = fakeClock()
  const pace = { firstTokenMs: 10, tokensPerSecond: 100 }
  const upstream = createSimulatedUpstream({ name: 's', models: ['*'], clock, random: fakeRandom(), pace })
  return {
    upstream,
    begin: () => clock.advance(30),
    finish: () => clock.advance(10_000),
    dispose: () => upstream.close(),
  }
})

upstreamContract('fake', async () => {
  const upstream = fakeUpstream()
  const begun: FakeUpstreamCall[] = []
  return {
    upstream,
    async begin() {
      const call = await upstream.next()
      call.head(200, { 'x-a': 'b' })
      call.data('ab')
      begun.push(call)
    },
    async finish() {
      for (const call of begun.splice(0)) {
        call.data('cde')
        call.end()
      }
    },
    dispose: () => upstream.close(),
  }
})
