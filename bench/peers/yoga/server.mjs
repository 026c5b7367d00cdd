// The obvious chat server on Node: graphql-yoga, graphql-ws and the OpenAI SDK, with SQLite and no users, limits or history.
//
//     node server.mjs PORT MODEL_URL DATABASE
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { createSchema, createYoga } from 'graphql-yoga'
import { useServer } from 'graphql-ws/use/ws'
import OpenAI from 'openai'
import { WebSocketServer } from 'ws'

const [port, modelUrl, file] = process.argv.slice(2)
const LISTED = 50 // as in bench/peers/clients.py
const LISTED_TEXT = 'lorem ipsum dolor sit amet '.repeat(20)

const database = new DatabaseSync(file)
database.exec(`
  pragma journal_mode = wal; pragma synchronous = normal;
  create table session(id text primary key, title text, created_at text, updated_at text);
  create table message(id text primary key, session_id text references session(id), role text, content text, created_at text);
  create index message_session on message(session_id, created_at)`)
const insertSession = database.prepare('insert into session values (?, ?, ?, ?)')
const insertMessage = database.prepare('insert into message values (?, ?, ?, ?, ?)')
const listSessions = database.prepare(
  'select id, title, created_at as createdAt, updated_at as updatedAt from session order by updated_at desc limit ?',
)
const listMessages = database.prepare(
  'select id, role, content, created_at as createdAt from message where session_id = ? order by created_at limit ?',
)

function store(sessionId, role, content) {
  const id = randomUUID()
  insertMessage.run(id, sessionId, role, content, new Date().toISOString())
  return id
}

for (let number = 1; number <= LISTED; number++) {
  const id = `00000000-0000-0000-0000-${number.toString(16).padStart(12, '0')}`
  const now = new Date().toISOString()
  insertSession.run(id, `Chat number ${number}`, now, now)
}
for (let number = 0; number < LISTED; number++) {
  store('00000000-0000-0000-0000-000000000001', number % 2 ? 'assistant' : 'user', `message ${number} ${LISTED_TEXT}`)
}

const model = new OpenAI({ baseURL: modelUrl, apiKey: 'any' })

async function* chat(_, { sessionId, text }) {
  store(sessionId, 'user', text)
  const stream = await model.chat.completions.create({
    model: 'any',
    messages: [{ role: 'user', content: text }],
    stream: true,
    stream_options: { include_usage: true },
  })
  let content = ''
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta?.content
    if (delta) {
      content += delta
      yield { chat: { delta, done: false } }
    }
  }
  yield { chat: { delta: '', messageId: store(sessionId, 'assistant', content), done: true } }
}

async function* messageAdded() {
  yield await new Promise(() => {})
}

const schema = createSchema({
  typeDefs: `
    type Session { id: ID! title: String! createdAt: String! updatedAt: String! }
    type Message { id: ID! role: String! content: String! createdAt: String! }
    type ChatDelta { delta: String! messageId: ID done: Boolean! }
    type Query { sessions(first: Int!): [Session!]! messages(sessionId: ID!, first: Int!): [Message!]! }
    type Subscription { chat(sessionId: ID!, text: String!): ChatDelta! messageAdded(sessionId: ID!): Message! }`,
  resolvers: {
    Query: {
      sessions: (_, { first }) => listSessions.all(first),
      messages: (_, { sessionId, first }) => listMessages.all(sessionId, first),
    },
    Subscription: { chat: { subscribe: chat }, messageAdded: { subscribe: messageAdded } },
  },
})
const yoga = createYoga({ schema, logging: false, maskedErrors: false })
const server = createServer(yoga)

// The operations of a socket run in yoga's envelope, as its documentation shows.
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      })
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length ? errors : args
    },
  },
  new WebSocketServer({ server, path: '/graphql' }),
)
server.listen(Number(port), '127.0.0.1')
