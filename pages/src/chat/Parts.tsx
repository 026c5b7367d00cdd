import type { Message } from '@gql-chat/client';
import { useWords } from '../shared/words';

/** What a message carries besides text: pictures, files and sources. */
export function Parts({ parts }: Pick<Message, 'parts'>) {
  const words = useWords();
  const shown = parts.filter(({ __typename }) => __typename !== 'TextPart');
  if (!shown.length) return null;
  return (
    <ul className="parts">
      {shown.map((part, index) => (
        <li key={index}>
          {part.__typename === 'ImagePart' && (isOurs(part.url)
            ? <img src={part.url} alt={part.image?.name ?? words.image} loading="lazy" />
            : <Link url={part.url} text={words.image} />)}
          {part.__typename === 'FilePart' && <a href={part.file?.downloadUrl ?? undefined} download={part.file?.name}>{part.file?.name}</a>}
          {part.__typename === 'VideoPart' && <Link url={part.url} text={part.url} />}
          {part.__typename === 'SourcePart' && <Link url={part.source} text={part.title || part.source} />}
        </li>
      ))}
    </ul>
  );
}

/** Pictures of other servers would tell them who reads the chat, so they are links. */
const isOurs = (url: string): boolean => new URL(url, location.href).origin === location.origin || url.startsWith('data:image/');

function Link({ url, text }: { url: string; text: string }) {
  return /^https?:/.test(url) ? <a href={url} target="_blank" rel="noreferrer noopener">{text}</a> : <span>{text}</span>;
}
