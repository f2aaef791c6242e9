// An agent as people write them: the official SDKs, told nothing but what its environment holds.
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'

const openai = new OpenAI()
const anthropic = new Anthropic()
const messages = [{ role: 'user', content: process.env.JR_TASK_TITLE }]

const calls = {
  chat: async () =>
    (await openai.chat.completions.create({ model: 'small-1', messages })).choices[0].message.content,
  stream: async () => {
    let text = ''
    const stream = await openai.chat.completions.create({ model: 'small-1', messages, stream: true })
    for await (const chunk of stream) text += chunk.choices[0].delta.content ?? ''
    return text
  },
  message: async () =>
    (await anthropic.messages.create({ model: 'large-1', max_tokens: 100, messages })).content[0].text,
  patient: async () => {
    const patient = new OpenAI({ maxRetries: 10 })
    return (await patient.chat.completions.create({ model: 'small-1', messages })).choices[0].message.content
  },
  where: async () => {
    const call = openai.chat.completions.create({ model: 'small-1', messages })
    const { response } = await call.withResponse()
    return [response.headers.get('x-jrctl-position'), response.headers.get('x-jrctl-share')]
  },
  // Holds until whoever runs the test lets it go on.
  gate: async () => (await fetch(process.env.GATE_URL)).text(),
  second: async () =>
    (await openai.chat.completions.create({ model: 'second-1', messages })).choices[0].message.content,
  environment: async () => ({
    base: process.env.OPENAI_BASE_URL,
    key: process.env.OPENAI_API_KEY,
    database: process.env.DATABASE_URL ?? null,
  }),
}

const answers = []
for (const name of process.env.JR_TASK_TITLE.split(' ')) answers.push(await calls[name]())
console.log(JSON.stringify({ answers }))
