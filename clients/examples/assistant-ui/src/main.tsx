// A chat with assistant-ui's primitives: threads, branches, edits, attachments, and replies that go on after a reload.
import {
  ActionBarPrimitive as Actions, AssistantRuntimeProvider, AttachmentPrimitive as File, BranchPickerPrimitive as Branches, ComposerPrimitive as Composer,
  MessagePrimitive as Message, ThreadListItemPrimitive as Thread, ThreadListPrimitive as Threads, ThreadPrimitive as Conversation, useAuiState,
} from '@assistant-ui/react';
import { useGqlChatRuntime } from '@gql-chat/assistant-ui';
import { createGqlChat } from '@gql-chat/client';
import { useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
const chat = createGqlChat({ url: new URLSearchParams(location.search).get('server') ?? '/graphql' });
const Attached = () => {
  const status = useAuiState(({ attachment }) => attachment.status);
  const state = status.type === 'running' ? `${Math.round(status.progress * 100)} %` : status.type === 'incomplete' ? status.message : '';
  return <File.Root className="file">📎 <File.Name /> {state} {status.type !== 'complete' && <File.Remove>✕</File.Remove>}</File.Root>;
};
const Editor = ({ cancel, placeholder }: { cancel: string; placeholder?: string }) => (
  <Composer.Root>
    <Composer.Attachments>{() => <Attached />}</Composer.Attachments> <Composer.AddAttachment>Attach</Composer.AddAttachment>
    <Composer.Input placeholder={placeholder} /> <Composer.Send>Send</Composer.Send> <Composer.Cancel>{cancel}</Composer.Cancel>
  </Composer.Root>
);
const Row = () => {
  const { role, status, composer } = useAuiState(({ message }) => message);
  if (composer.isEditing) return <Message.Root className="message editing"><Editor cancel="Cancel" /></Message.Root>;
  return (
    <Message.Root className={`message ${role} ${status?.type ?? ''}`}>
      <Message.Attachments>{() => <Attached />}</Message.Attachments>
      <div className="text"><Message.Parts /></div> <Message.Error><p role="alert">The reply failed.</p></Message.Error>
      <Actions.Root className="actions">{role === 'user' ? <Actions.Edit>Edit</Actions.Edit> : <Actions.Reload>Again</Actions.Reload>}
        <Branches.Root hideWhenSingleBranch className="branches">
          <Branches.Previous>‹</Branches.Previous> <Branches.Number />/<Branches.Count /> <Branches.Next>›</Branches.Next>
        </Branches.Root>
      </Actions.Root>
    </Message.Root>
  );
};
const Chat = () => {
  const [error, onError] = useState<Error>();
  const onSessionChange = (id = '') => history.replaceState(null, '', `#${id}`); // finds the session again after a reload
  const runtime = useGqlChatRuntime(chat, { sessionId: location.hash.slice(1) || undefined, onSessionChange, onError });
  const thread = () => <Thread.Root className="thread"><Thread.Trigger><Thread.Title fallback="New chat" /></Thread.Trigger> <Thread.Delete>✕</Thread.Delete></Thread.Root>;
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <main>
        <nav><Threads.New>New chat</Threads.New> <Threads.Items>{thread}</Threads.Items></nav>
        <Conversation.Root>
          <Conversation.Viewport className="viewport"><Conversation.Messages>{() => <Row />}</Conversation.Messages></Conversation.Viewport>
          <p role="alert">{error?.message}</p> <Editor cancel="Stop" placeholder="Message" />
        </Conversation.Root>
      </main>
    </AssistantRuntimeProvider>
  );
};
const SignIn = () => (
  <form action={(data) => chat.auth.signIn(String(data.get('login')), String(data.get('password')))}>
    <input name="login" placeholder="Username" /><input name="password" type="password" /><button>Sign in</button>
  </form>
);
const App = () => (useSyncExternalStore(chat.auth.subscribe, chat.auth.get).signedIn ? <Chat /> : <SignIn />);
createRoot(document.querySelector('#root')!).render(<App />);
