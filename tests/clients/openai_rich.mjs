// OpenAI's own client for Node.js asks a question with an image and a tool. Prints what it shows of each answer.
//   node openai_rich.mjs '{"url": "http://…/v1", "token": "…", "bodies": [{…}]}'
import OpenAI from 'openai'

const { url, token, bodies } = JSON.parse(process.argv[2])
const client = new OpenAI({ baseURL: url, apiKey: token, maxRetries: 0 })

async function show(body) {
  const texts = [], calls = []
  let logprobs = [], usage

  const add = ({ index, logprobs: more }, { content, tool_calls: called }) => {
    texts[index] = (texts[index] ?? '') + (content ?? '')
    logprobs = [...logprobs, ...(more?.content ?? []).map(({ token }) => token)]
    for (const [place, { index: at = place, function: { name, arguments: given } }] of (called ?? []).entries()) {
      calls[at] ??= { name: '', given: '' }
      calls[at].name += name ?? ''
      calls[at].given += given ?? ''
    }
  }
  if (body.stream) {
    for await (const chunk of await client.chat.completions.create(body)) {
      for (const choice of chunk.choices) add(choice, choice.delta)
      usage = chunk.usage ?? usage
    }
  } else {
    const answer = await client.chat.completions.create(body)
    for (const choice of answer.choices) add(choice, choice.message)
    usage = answer.usage
  }
  const tools = calls.map(({ name, given }) => [name, JSON.parse(given)])
  return console.log(JSON.stringify({ texts, tools, logprobs, tokens: [usage.prompt_tokens, usage.completion_tokens] }))
}

for (const body of bodies) await show(body)
