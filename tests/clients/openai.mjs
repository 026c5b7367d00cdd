// OpenAI's own client for Node.js: lists the models, asks for a whole answer, then for a stream.
import OpenAI from 'openai'

const { url, token, model, text } = JSON.parse(process.argv[2])
const client = new OpenAI({ baseURL: url, apiKey: token, maxRetries: 0 })
const messages = [{ role: 'user', content: text }]
const print = (line) => console.log(JSON.stringify(line))

try {
  const models = []
  for await (const { id } of client.models.list()) models.push(id)
  print({ models })
  const answer = await client.chat.completions.create({ model, messages })
  print({ whole: answer.choices[0].message.content, tokens: answer.usage.total_tokens })
  let streamed = ''
  const stream = await client.chat.completions.create({ model, messages, stream: true })
  for await (const chunk of stream) streamed += chunk.choices[0].delta.content ?? ''
  print({ streamed })
} catch (error) {
  print({ status: error.status, code: error.code, type: error.type })
}
