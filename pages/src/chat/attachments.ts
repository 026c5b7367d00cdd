import { useRef, useState } from 'react';
import type { StoredFile } from '@gql-chat/client';
import { asMessage } from '../shared/errors';
import { chat } from '../shared/chat';

/** A file on its way to the server, or there. */
export interface Attachment {
  id: number;
  name: string;
  /** The share that is uploaded, from 0 to 1. */
  progress: number;
  file: StoredFile | null;
  cancel: AbortController;
}

export type Attachments = ReturnType<typeof useAttachments>;

let lastId = 0;

/** The files that the next message will carry. They are uploaded as soon as they are chosen. */
export function useAttachments(sessionId: string | undefined, onError: (message: string) => void) {
  const [files, setFiles] = useState<Attachment[]>([]);
  const created = useRef<Promise<string>>(undefined);
  const change = (id: number, part: Partial<Attachment>) =>
    setFiles((all) => all.map((attachment) => (attachment.id === id ? { ...attachment, ...part } : attachment)));
  const drop = (id: number) => setFiles((all) => all.filter((attachment) => attachment.id !== id));

  /** Return the session that the files belong to, made for them if the chat is new. Undefined if nothing needs one yet. */
  const session = (): Promise<string | undefined> => Promise.resolve(sessionId ?? created.current);

  async function upload(id: number, file: File, cancel: AbortController) {
    try {
      created.current ??= sessionId ? Promise.resolve(sessionId) : chat.sessions.create().then((session) => session.id);
      const onProgress = (progress: number) => change(id, { progress });
      change(id, { file: await chat.files.upload(await created.current, file, { onProgress, signal: cancel.signal }), progress: 1 });
    } catch (thrown) {
      drop(id);
      if (!cancel.signal.aborted) onError(`${file.name}: ${asMessage(thrown)}`);
    }
  }

  function add(chosen: File[]) {
    for (const file of chosen) {
      const attachment = { id: ++lastId, name: file.name, progress: 0, file: null, cancel: new AbortController() };
      setFiles((all) => [...all, attachment]);
      void upload(attachment.id, file, attachment.cancel);
    }
  }

  const remove = ({ id, cancel }: Attachment) => { cancel.abort(); drop(id); };
  return { files, add, remove, session, clear: () => setFiles([]) };
}
