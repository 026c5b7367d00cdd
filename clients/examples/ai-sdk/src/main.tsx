// A chat with the AI SDK's useChat: send, stop, write anew, and go on after the page was loaded again.
import { Chat, useChat } from '@ai-sdk/react';
import { GqlChatTransport, toUIMessages } from '@gql-chat/ai-sdk';
import { createGqlChat } from '@gql-chat/client';
import type { UIMessage } from 'ai';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';

const client = createGqlChat({ url: new URLSearchParams(location.search).get('server') ?? '/graphql' });
// The session's id in the address finds the chat again.
const transport = new GqlChatTransport(client, { onSession: ({ id }) => history.replaceState(null, '', `#${id}`) });

async function openChat(): Promise<Chat<UIMessage>> {
  const sessionId = location.hash.slice(1);
  if (!sessionId) return new Chat({ transport });
  const { messages } = await client.messages(sessionId).load();
  return new Chat({ id: sessionId, messages: toUIMessages(messages), transport });
}

function Conversation({ chat }: { chat: Chat<UIMessage> }) {
  const { messages, status, error, sendMessage, regenerate, stop } = useChat({ chat, resume: true });
  return (
    <main>
      <ol>
        {messages.map(({ id, role, parts }) => (
          <li key={id} className={role}>{parts.map((part) => (part.type === 'text' ? part.text : ''))}</li>
        ))}
      </ol>
      <form action={(data) => void sendMessage({ text: String(data.get('text')) })}>
        <input name="text" placeholder="Message" autoComplete="off" /><button>Send</button>
      </form>
      <button onClick={() => void stop()}>Stop</button> <button onClick={() => void regenerate()}>Again</button>
      <p id="status">{status}</p><p id="error">{error?.message}</p>
    </main>
  );
}

function App() {
  const { signedIn } = useSyncExternalStore(client.auth.subscribe, client.auth.get);
  const [chat, setChat] = useState<Chat<UIMessage>>();
  useEffect(() => void (signedIn && openChat().then(setChat)), [signedIn]);
  if (signedIn) return chat && <Conversation chat={chat} />;
  return (
    <form action={(data) => client.auth.signIn(String(data.get('login')), String(data.get('password')))}>
      <input name="login" placeholder="Username" /><input name="password" type="password" /><button>Sign in</button>
    </form>
  );
}

createRoot(document.querySelector('#root')!).render(<App />);
