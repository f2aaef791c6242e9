import { expect, test } from 'vitest'
import { llmAddress } from '../../src/demo/llm-address.ts'

const env = {
  JRCTL_GATEWAY_URL: 'http://127.0.0.1:4000',
  OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1',
  OPENAI_API_KEY: 'jrk-1-x',
  JRCTL_DEMO_MODEL: 'simulated',
}

test("the samples ask at the gateway, with their attempt's key", () => {
  expect(llmAddress(env)).toEqual({
    baseUrl: 'http://127.0.0.1:4000/v1',
    key: 'jrk-1-x',
    model: 'simulated',
  })
})

test.each(Object.keys(env))('without %s they ask nobody', (name) => {
  expect(llmAddress({ ...env, [name]: undefined })).toBeNull()
  expect(llmAddress({ ...env, [name]: '' })).toBeNull()
})

test("somebody's own LLM is never asked", () => {
  expect(llmAddress({ ...env, OPENAI_BASE_URL: 'https://api.openai.com/v1' })).toBeNull()
})
