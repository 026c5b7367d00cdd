import { useEffect, useLayoutEffect, useRef, useState, type DragEvent } from 'react';
import type { Message } from '@gql-chat/client';
import { asMessage } from '../shared/errors';
import { chat } from '../shared/chat';
import { useStore } from '../shared/useStore';
import { useWords } from '../shared/words';
import { open } from './address';
import { useAttachments } from './attachments';
import { branchOf } from './branch';
import { Composer } from './Composer';
import { MessageView } from './MessageView';

/** The messages of a session's selected branch, and what to write next. */
export function Conversation({ sessionId }: { sessionId: string | undefined }) {
  const words = useWords();
  const { status, messages, hasEarlier, error } = useStore(branchOf(sessionId));
  const [failure, setFailure] = useState('');
  const attachments = useAttachments(sessionId, setFailure);
  const streaming = messages.findLast((message) => message.status === 'STREAMING');
  const { list, follow } = useFollowedEnd(messages);

  /** Run an action of the user's, and show why it failed. */
  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    setFailure('');
    try {
      await action();
      return true;
    } catch (thrown) {
      setFailure(asMessage(thrown));
      return false;
    }
  }

  const send = (text: string) => attempt(async () => {
    follow();
    const id = sessionId ?? (await attachments.session());
    const { reply } = chat.send({ text, sessionId: id, attachments: attachments.files.map(({ file }) => ({ fileId: file!.id })) });
    const { session } = await reply.started;
    attachments.clear();
    if (!sessionId) open(session.id);
  });

  const drop = (event: DragEvent) => {
    event.preventDefault();
    attachments.add([...event.dataTransfer.files]);
  };

  return (
    <div className="conversation" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <div className="messages" ref={list} role="log" aria-label={words.messages} tabIndex={0}>
        {hasEarlier && <button className="link" onClick={() => void chat.messages(sessionId!).loadEarlier()}>{words.earlier}</button>}
        {status === 'loading' && <p className="quiet">{words.loading}</p>}
        {!messages.length && status === 'ready' && <Greeting onChoose={(text) => void send(text)} />}
        {messages.map((message) => <MessageView key={message.id} message={message} isLast={message === messages.at(-1)} attempt={attempt} />)}
      </div>
      {(failure || error) && <p role="alert" className="error">{failure || error!.message}</p>}
      <Composer attachments={attachments} onSend={send} onStop={streaming && (() => void attempt(() => chat.stop(streaming.id)))} />
    </div>
  );
}

/** What an empty chat shows: a question, and messages to begin with. */
function Greeting({ onChoose }: { onChoose: (text: string) => void }) {
  const words = useWords();
  return (
    <div className="greeting">
      <h1>{words.greeting}</h1>
      {words.suggestions.map((text) => <button key={text} onClick={() => onChoose(text)}>{text}</button>)}
    </div>
  );
}

/** Keep the end in view while text grows, unless the user has scrolled up. `follow` brings it into view with the next message. */
function useFollowedEnd(messages: readonly Message[]) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const top = useRef(0);
  useEffect(() => {
    const element = list.current!;
    const note = () => {
      atEnd.current = isAtEnd(element);
      top.current = element.scrollTop;
    };
    element.addEventListener('scroll', note, { passive: true });
    return () => element.removeEventListener('scroll', note);
  }, []);
  useLayoutEffect(() => {
    const element = list.current!;
    if (element.scrollTop < top.current && !isAtEnd(element)) atEnd.current = false; // before the event of the scroll, a frame later
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, [messages]);
  const follow = () => {
    atEnd.current = true;
    top.current = 0;
  };
  return { list, follow };
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement) {
  return scrollHeight - scrollTop - clientHeight < 80;
}
