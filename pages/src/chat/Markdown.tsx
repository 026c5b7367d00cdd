import { lazy, memo, Suspense } from 'react';

const Rendered = lazy(() => import('./RenderedMarkdown'));
const WithMath = lazy(() => import('./MathMarkdown'));

/** A text as Markdown. What shows it is loaded when it is first needed; until then the text is shown as it is. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const Shown = text.includes('$') ? WithMath : Rendered;
  return <Suspense fallback={<p className="written">{text}</p>}><Shown text={text} /></Suspense>;
});
