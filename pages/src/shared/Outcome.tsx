/** How an action went, announced to screen readers. */
export function Outcome({ outcome }: { outcome: { text: string; failed: boolean } | null }) {
  if (!outcome) return null;
  return <p role={outcome.failed ? 'alert' : 'status'} className={outcome.failed ? 'error' : 'quiet'}>{outcome.text}</p>;
}
