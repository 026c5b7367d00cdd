import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import RenderedMarkdown from './RenderedMarkdown';

/** MathML, which browsers lay out without styles of ours. Commands that load or link something are not trusted, and macros cannot expand for ever. */
const KATEX = { output: 'mathml', trust: false, maxExpand: 100, strict: 'ignore' } as const;

export default function MathMarkdown({ text }: { text: string }) {
  return <RenderedMarkdown text={text} remarkPlugins={[remarkMath]} rehypePlugins={[[rehypeKatex, KATEX]]} />;
}
