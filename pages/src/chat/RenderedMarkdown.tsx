import { isValidElement, type ComponentProps, type ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeHighlight from 'rehype-highlight';
import remarkGfm from 'remark-gfm';
import { CopyButton } from './MessageView';

// react-markdown makes elements and never HTML, and drops addresses of schemes that could run. Pictures of other servers
// would tell them who reads the chat, so they become links.
const COMPONENTS: Components = {
  a: ({ href, children }) => <a href={href} target="_blank" rel="noreferrer noopener">{children}</a>,
  img: ({ src, alt }) => <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noreferrer noopener">{alt || src?.toString()}</a>,
  pre: ({ children }) => <div className="code"><CopyButton text={textOf(children)} /><pre tabIndex={0}>{children}</pre></div>,
  table: ({ children }) => <div className="table"><table>{children}</table></div>,
};
type Pluggable = NonNullable<ComponentProps<typeof ReactMarkdown>['remarkPlugins']>[number];
const NONE: Pluggable[] = [];

interface RenderedMarkdownProps {
  text: string;
  remarkPlugins?: Pluggable[];
  rehypePlugins?: Pluggable[];
}

export default function RenderedMarkdown({ text, remarkPlugins = NONE, rehypePlugins = NONE }: RenderedMarkdownProps) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm, ...remarkPlugins]} rehypePlugins={[...rehypePlugins, rehypeHighlight]} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

function textOf(node: ReactNode): string {
  if (Array.isArray(node)) return node.map(textOf).join('');
  if (isValidElement<{ children?: ReactNode }>(node)) return textOf(node.props.children);
  return typeof node === 'string' || typeof node === 'number' ? String(node) : '';
}
