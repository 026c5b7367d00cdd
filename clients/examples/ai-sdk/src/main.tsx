// A chat with the AI SDK's useChat: send, edit, write anew, walk through the versions, stop, and go on after a reload and in every tab.
import type { GqlChatUIMessage } from '@gql-chat/ai-sdk';
import { useGqlChat } from '@gql-chat/ai-sdk/react';
import { createGqlChat } from '@gql-chat/client';
import { useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';

const client = createGqlChat({ url: new URLSearchParams(location.search).get('server') ?? '/graphql' });
const textOf = ({ parts }: GqlChatUIMessage) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

function Versions({ of: { id, metadata } }: { of: GqlChatUIMessage }) {
  const ids = metadata?.message.siblingIds ?? [];
  const index = ids.indexOf(id);
  const arrow = (label: string, other?: string) => <button disabled={!other} onClick={() => other && client.selectBranch(other)}>{label}</button>;
  return ids.length > 1 && <span>{arrow('‹', ids[index - 1])} {index + 1}/{ids.length} {arrow('›', ids[index + 1])}</span>;
}

function Conversation() {
  const [sessionId, setSessionId] = useState(location.hash.slice(1) || undefined);
  const onSessionChange = (id?: string) => {
    history.replaceState(null, '', `#${id ?? ''}`); // finds the session again after a reload
    setSessionId(id);
  };
  const { messages, status, error, sendMessage, regenerate, stop } = useGqlChat(client, { sessionId, onSessionChange });
  const [edited, setEdited] = useState<GqlChatUIMessage>();
  const send = (data: FormData) => {
    setEdited(undefined);
    void sendMessage({ text: String(data.get('text')), ...(edited && { messageId: edited.id }) });
  };
  return (
    <main>
      <ol>
        {messages.map((message) => (
          <li key={message.id} className={message.role}>
            <p>{textOf(message)}</p> <Versions of={message} />
            {message.role === 'user' ? <button onClick={() => setEdited(message)}>Edit</button>
              : <button onClick={() => void regenerate({ messageId: message.id })}>Again</button>}
          </li>
        ))}
      </ol>
      <form action={send} key={edited?.id}>
        <input name="text" placeholder="Message" autoComplete="off" defaultValue={edited && textOf(edited)} /><button>Send</button>
      </form>
      <button onClick={() => void stop()}>Stop</button> <p id="status">{status}</p><p id="error">{error?.message}</p>
    </main>
  );
}

function App() {
  if (useSyncExternalStore(client.auth.subscribe, client.auth.get).signedIn) return <Conversation />;
  return (
    <form action={(data) => client.auth.signIn(String(data.get('login')), String(data.get('password')))}>
      <input name="login" placeholder="Username" /><input name="password" type="password" /><button>Sign in</button>
    </form>
  );
}

createRoot(document.querySelector('#root')!).render(<App />);
